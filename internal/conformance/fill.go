package conformance

import (
	"fmt"
	"reflect"
	"time"
)

// epoch is when the suites' tasks begin. It has nanoseconds, so that a store
// which cuts them off is seen.
var epoch = time.Date(2026, 3, 14, 15, 9, 26, 535_897_932, time.UTC)

// fill gives every field of *v, however deep, a value that is not zero and that
// no other field has, so that a field which a store forgets, or takes for
// another, is seen. A field added to the domain later is filled as well.
func fill(v any, salt int) {
	f := filler{n: salt * 1000}
	f.value(reflect.ValueOf(v).Elem())
}

type filler struct{ n int }

func (f *filler) value(v reflect.Value) {
	f.n++
	switch v.Kind() {
	case reflect.String:
		v.SetString(fmt.Sprintf("%s %d 星", v.Type().Name(), f.n))
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int64:
		v.SetInt(int64(f.n))
	case reflect.Float64:
		v.SetFloat(float64(f.n) + 0.125)
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		f.value(v.Elem())
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		f.value(v.Index(0))
		f.value(v.Index(1))
	case reflect.Map:
		f.mapping(v)
	case reflect.Struct:
		f.structure(v)
	default:
		panic(fmt.Sprintf("fill: no value for %s", v.Type()))
	}
}

func (f *filler) mapping(v reflect.Value) {
	v.Set(reflect.MakeMap(v.Type()))
	for range 2 {
		key, elem := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
		f.value(key)
		f.value(elem)
		v.SetMapIndex(key, elem)
	}
}

func (f *filler) structure(v reflect.Value) {
	if v.Type() == reflect.TypeFor[time.Time]() {
		v.Set(reflect.ValueOf(epoch.Add(time.Duration(f.n) * (time.Minute + 1))))
		return
	}
	for i := range v.NumField() {
		f.value(v.Field(i))
	}
}

// zeroFields names the fields below v that are zero.
func zeroFields(v reflect.Value, path string) []string {
	if v.IsZero() {
		return []string{path}
	}
	var zero []string
	switch v.Kind() {
	case reflect.Pointer:
		return zeroFields(v.Elem(), path)
	case reflect.Slice:
		for i := range v.Len() {
			zero = append(zero, zeroFields(v.Index(i), fmt.Sprintf("%s[%d]", path, i))...)
		}
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[time.Time]() {
			return nil
		}
		for i := range v.NumField() {
			zero = append(zero, zeroFields(v.Field(i), path+"."+v.Type().Field(i).Name)...)
		}
	}
	return zero
}
