module example.com/prefer

go 1.21
