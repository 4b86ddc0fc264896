package firestore

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strconv"

	pb "cloud.google.com/go/firestore/apiv1/firestorepb"
)

// Read documents are JSON objects; Firestore keeps them as values that clients can
// query. The way there and back gives one canonical form, the same bytes for the
// same values: no blanks, the names in order, whole numbers without a fraction or
// exponent. Whole numbers are exact within 64 bits, all others as doubles are.
// Firestore holds no array directly in another one.

var (
	errNestedArray = errors.New("an array directly in an array, which Firestore does not hold")
	errNoObject    = errors.New("not one JSON object")
	errReserved    = errors.New("a field " + meta + ", which is the server's own")
)

// fromJSON reads an object's fields.
func fromJSON(data []byte) (fields, error) {
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber()
	var object map[string]any
	if err := decoder.Decode(&object); err != nil {
		return nil, err
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) || object == nil {
		return nil, errNoObject
	}
	if _, taken := object[meta]; taken {
		return nil, errReserved
	}
	return toFields(object)
}

func toFields(object map[string]any) (fields, error) {
	f := make(fields, len(object))
	for name, value := range object {
		var err error
		if f[name], err = toValue(value); err != nil {
			return nil, fmt.Errorf("field %q: %w", name, err)
		}
	}
	return f, nil
}

func toValue(value any) (*pb.Value, error) {
	switch v := value.(type) {
	case string:
		return textValue(v), nil
	case bool:
		return &pb.Value{ValueType: &pb.Value_BooleanValue{BooleanValue: v}}, nil
	case json.Number:
		return numberValue(v)
	case []any:
		return toArray(v)
	case map[string]any:
		f, err := toFields(v)
		return mapValue(f), err
	default: // nothing but null is left
		return &pb.Value{ValueType: &pb.Value_NullValue{}}, nil
	}
}

func toArray(elements []any) (*pb.Value, error) {
	values := make([]*pb.Value, len(elements))
	for i, element := range elements {
		if _, nested := element.([]any); nested {
			return nil, errNestedArray
		}
		var err error
		if values[i], err = toValue(element); err != nil {
			return nil, err
		}
	}
	return arrayValue(values), nil
}

// maxExact is the end of the whole numbers that doubles hold without a gap.
const maxExact = 1 << 53

func numberValue(n json.Number) (*pb.Value, error) {
	if whole, err := strconv.ParseInt(n.String(), 10, 64); err == nil {
		return wholeValue(whole), nil
	}
	double, err := n.Float64()
	if err != nil {
		return nil, err
	}
	if double == math.Trunc(double) && math.Abs(double) < maxExact { // such as 1.0, 1e3 and -0.0
		return wholeValue(int64(double)), nil
	}
	return &pb.Value{ValueType: &pb.Value_DoubleValue{DoubleValue: double}}, nil
}

// toJSON writes an object in the canonical form.
func toJSON(f fields) ([]byte, error) { return appendObject(nil, f) }

func appendObject(data []byte, f fields) (_ []byte, err error) {
	data = append(data, '{')
	for i, name := range slices.Sorted(maps.Keys(f)) {
		if i > 0 {
			data = append(data, ',')
		}
		if data, err = appendPlain(data, name); err != nil {
			return nil, err
		}
		if data, err = appendValue(append(data, ':'), f[name]); err != nil {
			return nil, fmt.Errorf("field %q: %w", name, err)
		}
	}
	return append(data, '}'), nil
}

func appendValue(data []byte, value *pb.Value) (_ []byte, err error) {
	switch v := value.GetValueType().(type) {
	case *pb.Value_StringValue:
		return appendPlain(data, v.StringValue)
	case *pb.Value_BooleanValue:
		return strconv.AppendBool(data, v.BooleanValue), nil
	case *pb.Value_IntegerValue:
		return strconv.AppendInt(data, v.IntegerValue, 10), nil
	case *pb.Value_DoubleValue:
		return appendPlain(data, v.DoubleValue)
	case *pb.Value_NullValue:
		return append(data, "null"...), nil
	case *pb.Value_MapValue:
		return appendObject(data, v.MapValue.GetFields())
	case *pb.Value_ArrayValue:
		data = append(data, '[')
		for i, element := range v.ArrayValue.GetValues() {
			if i > 0 {
				data = append(data, ',')
			}
			if data, err = appendValue(data, element); err != nil {
				return nil, err
			}
		}
		return append(data, ']'), nil
	default:
		return nil, fmt.Errorf("a %T, which JSON does not know", v)
	}
}

func appendPlain(data []byte, value any) ([]byte, error) {
	text, err := json.Marshal(value)
	return append(data, text...), err
}
