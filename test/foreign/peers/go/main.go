// The official Go SDK against the emulator, as KEDA's scaler uses it; prints what peer-suites.ts checks.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strconv"
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

// Sends numbered events to a partition and reads them on one link, as a consumer does that never stops: the credit of the
// first answers is long used up when the last arrive. Returns how many came as they were sent, in their order.
func inOrder(ctx context.Context, producer *azeventhubs.ProducerClient, consumer *azeventhubs.ConsumerClient, id string, count int) int {
	last := must(producer.GetPartitionProperties(ctx, id, nil)).LastEnqueuedSequenceNumber
	for sent := 0; sent < count; {
		batch := must(producer.NewEventDataBatch(ctx, &azeventhubs.EventDataBatchOptions{PartitionID: &id}))
		for ; sent < count && int(batch.NumEvents()) < 1000; sent++ {
			check(batch.AddEventData(&azeventhubs.EventData{Body: []byte(strconv.Itoa(sent))}, nil))
		}
		check(producer.SendEventDataBatch(ctx, batch, nil))
	}
	start := azeventhubs.StartPosition{SequenceNumber: &last}
	if last < 0 {
		earliest := true
		start = azeventhubs.StartPosition{Earliest: &earliest}
	}
	partition := must(consumer.NewPartitionClient(id, &azeventhubs.PartitionClientOptions{StartPosition: start}))
	defer func() { check(partition.Close(ctx)) }()
	for received := 0; received < count; {
		for _, event := range must(partition.ReceiveEvents(ctx, min(100, count-received), nil)) {
			if string(event.Body) != strconv.Itoa(received) {
				return received
			}
			received++
		}
	}
	return count
}

func main() {
	ctx, cancel := context.WithTimeout(context.Background(), 90*time.Second)
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
	perPartition := must(strconv.Atoi(os.Args[2]))
	ordered := map[string]int{}
	for _, id := range hub.PartitionIDs {
		ordered[id] = inOrder(ctx, producer, consumer, id, perPartition)
	}
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
		"inOrder":      ordered,
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
