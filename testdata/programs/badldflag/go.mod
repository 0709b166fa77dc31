module example.com/badldflag

go 1.21
