// Decodes messages with the decoder of the official Go SDK: hex on each line of the input, and on each line of the output what
// was read, with the types that Go tells apart: symbols and strings are one there.
package main

import (
	"bufio"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"reflect"
	"strconv"
	"time"

	"github.com/Azure/go-amqp"
)

type object = map[string]any

func scalar(kind string, value any) object {
	return object{"type": kind, "value": value}
}

func typed(value any) object {
	switch v := value.(type) {
	case nil:
		return object{"type": "null"}
	case bool:
		return scalar("boolean", v)
	case uint8:
		return scalar("ubyte", strconv.FormatUint(uint64(v), 10))
	case uint16:
		return scalar("ushort", strconv.FormatUint(uint64(v), 10))
	case uint32:
		return scalar("uint", strconv.FormatUint(uint64(v), 10))
	case uint64:
		return scalar("ulong", strconv.FormatUint(v, 10))
	case int8:
		return scalar("byte", strconv.FormatInt(int64(v), 10))
	case int16:
		return scalar("short", strconv.FormatInt(int64(v), 10))
	case int32:
		return scalar("int", strconv.FormatInt(int64(v), 10))
	case int64:
		return scalar("long", strconv.FormatInt(v, 10))
	case float32:
		return scalar("float", fmt.Sprintf("%08x", math.Float32bits(v)))
	case float64:
		return scalar("double", fmt.Sprintf("%016x", math.Float64bits(v)))
	case string:
		return scalar("text", v)
	case amqp.Symbol:
		return scalar("text", string(v))
	case []byte:
		return scalar("binary", base64.StdEncoding.EncodeToString(v))
	case amqp.UUID:
		return scalar("uuid", v.String())
	case time.Time:
		return scalar("timestamp", strconv.FormatInt(v.UnixMilli(), 10))
	}
	return structured(reflect.ValueOf(value))
}

func structured(value reflect.Value) object {
	switch value.Kind() {
	case reflect.Map:
		entries := [][]any{}
		for _, key := range value.MapKeys() {
			entries = append(entries, []any{typed(key.Interface()), typed(value.MapIndex(key).Interface())})
		}
		return scalar("map", entries)
	case reflect.Slice:
		items := []object{}
		for index := 0; index < value.Len(); index++ {
			items = append(items, typed(value.Index(index).Interface()))
		}
		if value.Type().Elem().Kind() == reflect.Interface {
			return scalar("list", items)
		}
		return scalar("array", items)
	case reflect.Struct:
		if value.Type().Name() == "DescribedType" {
			return object{
				"type":       "described",
				"descriptor": typed(value.FieldByName("Descriptor").Interface()),
				"value":      typed(value.FieldByName("Value").Interface()),
			}
		}
	}
	// The protocol's own composites, which Go reads as structs of their own.
	return object{"type": "composite", "value": value.Type().String()}
}

func read(line string) (answer object) {
	defer func() {
		if reason := recover(); reason != nil {
			answer = object{"error": fmt.Sprint("panic: ", reason)}
		}
	}()
	bytes, err := hex.DecodeString(line)
	if err != nil {
		return object{"error": err.Error()}
	}
	var message amqp.Message
	if err := message.UnmarshalBinary(bytes); err != nil {
		return object{"error": err.Error()}
	}
	answer = object{
		"deliveryAnnotations":   typed(message.DeliveryAnnotations),
		"messageAnnotations":    typed(message.Annotations),
		"applicationProperties": typed(message.ApplicationProperties),
		"footer":                typed(message.Footer),
		"value":                 typed(message.Value),
		"data":                  message.Data,
	}
	sequences := []object{}
	for _, sequence := range message.Sequence {
		sequences = append(sequences, typed(sequence))
	}
	answer["sequence"] = sequences
	if p := message.Properties; p != nil {
		properties := object{}
		for index := 0; index < reflect.ValueOf(*p).NumField(); index++ {
			field := reflect.ValueOf(*p).Field(index)
			if field.IsNil() {
				continue
			}
			if field.Kind() == reflect.Pointer || field.Kind() == reflect.Interface {
				field = field.Elem()
			}
			properties[reflect.TypeOf(*p).Field(index).Name] = typed(field.Interface())
		}
		answer["properties"] = properties
	}
	return answer
}

func main() {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 8<<20)
	output := bufio.NewWriter(os.Stdout)
	defer output.Flush()
	encoder := json.NewEncoder(output)
	for lines.Scan() {
		if err := encoder.Encode(read(lines.Text())); err != nil {
			panic(err)
		}
	}
}
