module example.com/rawcgo

go 1.21
