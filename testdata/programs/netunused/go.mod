module example.com/netunused

go 1.21
