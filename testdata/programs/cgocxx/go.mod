module example.com/cgocxx

go 1.21
