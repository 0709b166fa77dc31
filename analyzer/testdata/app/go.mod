module example.com/app

go 1.21

require (
	example.com/dep v0.0.0
	example.com/pure v0.0.0
)

replace (
	example.com/dep => ../dep
	example.com/pure => ../pure
)
