package allow

//goportdoctor:allow net nobody // want `^//goportdoctor:allow stands beside no import$`

import "C" //goportdoctor:allow C it is fast
