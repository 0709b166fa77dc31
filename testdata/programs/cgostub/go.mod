module example.com/cgostub

go 1.21
