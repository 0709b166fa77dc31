module example.com/cgom

go 1.21
