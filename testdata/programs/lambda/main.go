// Lambda is the program of the oldest report: it imports nothing but AWS
// Lambda's package, and net with it.
package main

import (
	"fmt"
	"os"

	"github.com/aws/aws-lambda-go/lambda"
)

// Lambda sets the variable; without it Start would end the program.
func main() {
	if os.Getenv("AWS_LAMBDA_RUNTIME_API") != "" {
		lambda.Start(func() (string, error) { return "ok lambda", nil })
	}
	fmt.Println("ok lambda")
}
