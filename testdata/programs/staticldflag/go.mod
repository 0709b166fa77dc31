module example.com/staticldflag

go 1.21
