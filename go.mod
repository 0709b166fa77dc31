module github.com/goportdoctor/goportdoctor

go 1.25.0
