module example.com/osuser

go 1.21
