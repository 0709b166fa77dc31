module example.com/rpathflag

go 1.21
