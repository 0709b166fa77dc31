module example.com/pkgconf

go 1.21
