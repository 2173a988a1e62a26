// The official Go SDK against the emulator, as KEDA's scaler uses it; prints what peers.test.ts checks.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/messaging/azeventhubs/v2"
)

func must[T any](value T, err error) T {
	check(err)
	return value
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func receive(ctx context.Context, consumer *azeventhubs.ConsumerClient, id string, count int, options azeventhubs.PartitionClientOptions) []*azeventhubs.ReceivedEventData {
	partition := must(consumer.NewPartitionClient(id, &options))
	defer func() { check(partition.Close(ctx)) }()
	var events []*azeventhubs.ReceivedEventData
	for len(events) < count {
		events = append(events, must(partition.ReceiveEvents(ctx, count-len(events), nil))...)
	}
	return events
}

func main() {
	ctx, cancel := context.WithTimeout(context.Background(), 60*time.Second)
	defer cancel()
	producer := must(azeventhubs.NewProducerClientFromConnectionString(os.Args[1], "", nil))
	hub := must(producer.GetEventHubProperties(ctx, nil))
	unused := must(producer.GetPartitionProperties(ctx, "3", nil))

	key, one := "k1", "1"
	batch := must(producer.NewEventDataBatch(ctx, &azeventhubs.EventDataBatchOptions{PartitionKey: &key}))
	for index := 0; index < 5; index++ {
		check(batch.AddEventData(&azeventhubs.EventData{Body: []byte(fmt.Sprint("hello ", index)), Properties: map[string]any{"index": index}}, nil))
	}
	check(producer.SendEventDataBatch(ctx, batch, nil))
	batch = must(producer.NewEventDataBatch(ctx, &azeventhubs.EventDataBatchOptions{PartitionID: &one}))
	check(batch.AddEventData(&azeventhubs.EventData{Body: make([]byte, 200_000)}, nil))
	check(producer.SendEventDataBatch(ctx, batch, nil))

	consumer := must(azeventhubs.NewConsumerClientFromConnectionString(os.Args[1], "", azeventhubs.DefaultConsumerGroup, nil))
	earliest, level, two := true, int64(2), int64(2)
	owner := azeventhubs.PartitionClientOptions{StartPosition: azeventhubs.StartPosition{Earliest: &earliest}, OwnerLevel: &level}
	keyed := receive(ctx, consumer, "0", 5, owner)
	large := receive(ctx, consumer, "1", 1, owner)
	after := receive(ctx, consumer, "0", 2, azeventhubs.PartitionClientOptions{StartPosition: azeventhubs.StartPosition{SequenceNumber: &two}})
	check(consumer.Close(ctx))
	check(producer.Close(ctx))

	type event struct {
		SequenceNumber int64  `json:"sequenceNumber"`
		Key            string `json:"key"`
		Body           string `json:"body"`
	}
	report := map[string]any{
		"hub":          hub.Name,
		"partitionIds": hub.PartitionIDs,
		"unused":       []any{unused.BeginningSequenceNumber, unused.LastEnqueuedSequenceNumber, unused.LastEnqueuedOffset, unused.IsEmpty},
		"largeBytes":   len(large[0].Body),
	}
	events, numbers := []event{}, []int64{}
	for _, each := range keyed {
		events = append(events, event{each.SequenceNumber, *each.PartitionKey, string(each.Body)})
	}
	for _, each := range after {
		numbers = append(numbers, each.SequenceNumber)
	}
	report["keyed"], report["afterTwo"] = events, numbers
	fmt.Println(string(must(json.Marshal(report))))
}
