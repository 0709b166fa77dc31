package report

import (
	"reflect"

	"github.com/goportdoctor/goportdoctor/internal/link"
	"github.com/goportdoctor/goportdoctor/internal/quote"
)

// A quoter writes one string as a part of a text.
type quoter func(string) string

// dataIndent stands before each line of data but the first, so that no such line
// passes for one of the text's own.
const dataIndent = "      "

func block(s string) string { return quote.Indented(s, dataIndent) }

// phrases are the fields that hold words rather than a name, by their names;
// multiline has those of several lines. Every other string is a name.
var (
	phrases   = map[string]bool{"Because": true, "Message": true, "Text": true, "Title": true, "Costs": true, "Notes": true}
	multiline = map[string]bool{"Finding.Message": true, "Executable.BuildError": true, "WhyProgram.Broken": true}
)

var (
	difference = reflect.TypeFor[link.Difference]()
	object     = reflect.TypeFor[*link.Object]() // which no text has
)

// safe returns a copy of a report, or of a part of one, in which every string is
// quoted for a text. Fields that are added later are names until they are listed
// above.
func safe[T any](v T) T {
	return quoted(reflect.ValueOf(&v).Elem(), quote.Name).Interface().(T)
}

// quoted returns a copy of v whose strings are written by q, or by the quoter of
// the field that holds them.
func quoted(v reflect.Value, q quoter) reflect.Value {
	c := reflect.New(v.Type()).Elem()
	c.Set(v)
	switch v.Kind() {
	case reflect.String:
		c.SetString(q(v.String()))
	case reflect.Pointer, reflect.Interface:
		if !v.IsNil() {
			c.Set(pointing(v, quoted(v.Elem(), q)))
		}
	case reflect.Slice:
		if !v.IsNil() {
			c.Set(reflect.MakeSlice(v.Type(), v.Len(), v.Len()))
		}
		for i := range v.Len() {
			c.Index(i).Set(quoted(v.Index(i), q))
		}
	case reflect.Map:
		if !v.IsNil() {
			c.Set(reflect.MakeMap(v.Type()))
		}
		for key, value := range v.Seq2() {
			c.SetMapIndex(quoted(key, q), quoted(value, q))
		}
	case reflect.Struct:
		if v.Type() == difference && v.FieldByName("Fact").String() == "build_error" {
			q = block
		}
		for i := range v.NumField() {
			if f := v.Type().Field(i); f.IsExported() && f.Type != object {
				c.Field(i).Set(quoted(v.Field(i), quoterOf(v.Type(), f, q)))
			}
		}
	}
	return c
}

// pointing returns a pointer to to, or an interface that holds it, of v's type.
func pointing(v, to reflect.Value) reflect.Value {
	if v.Kind() == reflect.Interface {
		return to
	}
	p := reflect.New(to.Type())
	p.Elem().Set(to)
	return p
}

// quoterOf returns the quoter of a field of a struct, by default q.
func quoterOf(t reflect.Type, f reflect.StructField, q quoter) quoter {
	switch {
	case multiline[t.Name()+"."+f.Name]:
		return block
	case phrases[f.Name]:
		return quote.Phrase
	}
	return q
}
