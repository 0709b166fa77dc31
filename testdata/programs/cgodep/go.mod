module example.com/cgodep

go 1.21

require example.com/cgodep/dep v0.0.0

replace example.com/cgodep/dep => ./dep
