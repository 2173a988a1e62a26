// Sends one event whose properties have every type that the Go SDK can write, and prints what it sent.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"strconv"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/messaging/azeventhubs/v2"
)

type typed struct {
	Type  string `json:"type"`
	Value any    `json:"value"`
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func main() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	at := time.UnixMilli(1767323045678).UTC()
	properties := map[string]any{
		"bool":   true,
		"byte":   int8(-128),
		"short":  int16(-32768),
		"int":    int32(-7),
		"long":   int64(math.MinInt64),
		"ubyte":  uint8(255),
		"ushort": uint16(65535),
		"uint":   uint32(math.MaxUint32),
		"ulong":  uint64(math.MaxUint64),
		"float":  float32(0.5),
		"double": 0.1,
		"text":   "naïve 💥",
		"bytes":  []byte{0, 255},
		"time":   at,
	}
	sent := map[string]typed{
		"bool":   {"boolean", true},
		"byte":   {"byte", "-128"},
		"short":  {"short", "-32768"},
		"int":    {"int", "-7"},
		"long":   {"long", strconv.FormatInt(math.MinInt64, 10)},
		"ubyte":  {"ubyte", "255"},
		"ushort": {"ushort", "65535"},
		"uint":   {"uint", "4294967295"},
		"ulong":  {"ulong", "18446744073709551615"},
		"float":  {"float", "0.5"},
		"double": {"double", "0.1"},
		"text":   {"string", "naïve 💥"},
		"bytes":  {"binary", "AP8="},
		"time":   {"timestamp", strconv.FormatInt(at.UnixMilli(), 10)},
	}
	producer, err := azeventhubs.NewProducerClientFromConnectionString(os.Args[1], "", nil)
	check(err)
	partition := "0"
	batch, err := producer.NewEventDataBatch(ctx, &azeventhubs.EventDataBatchOptions{PartitionID: &partition})
	check(err)
	check(batch.AddEventData(&azeventhubs.EventData{Body: []byte("typed"), Properties: properties}, nil))
	check(producer.SendEventDataBatch(ctx, batch, nil))
	check(producer.Close(ctx))
	line, err := json.Marshal(sent)
	check(err)
	fmt.Println(string(line))
}
