// The official Go SDK's consumer as one would tune it: a client for each partition, prefetching, an empty handler. Answers
// "count" and "latencies" on standard input with a line of JSON.
//
//	consumer <connection string> <hub> <partitions> <reads properties> <measures latency>
package main

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"sort"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"unsafe"

	"github.com/Azure/azure-sdk-for-go/sdk/messaging/azeventhubs/v2"
)

const (
	timeDigits     = 20
	clockMonotonic = 1
)

var (
	count       atomic.Int64
	read        atomic.Int64
	latenciesNs []int64
	lock        sync.Mutex
)

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// The clock that process.hrtime reads in the sender.
func monotonicNs() int64 {
	var now syscall.Timespec
	syscall.Syscall(syscall.SYS_CLOCK_GETTIME, clockMonotonic, uintptr(unsafe.Pointer(&now)), 0)
	return now.Nano()
}

func handle(event *azeventhubs.ReceivedEventData, readsProperties, measuresLatency bool) {
	if measuresLatency {
		sent, err := strconv.ParseInt(string(event.Body[:timeDigits]), 10, 64)
		check(err)
		lock.Lock()
		latenciesNs = append(latenciesNs, monotonicNs()-sent)
		lock.Unlock()
	}
	if readsProperties {
		length := 0
		for _, value := range event.Properties {
			length += len(fmt.Sprint(value))
		}
		read.Add(int64(length))
	}
	count.Add(1)
}

func receive(partition *azeventhubs.PartitionClient, readsProperties, measuresLatency bool) {
	// It waits until it has as many as it is asked for.
	batch := 250
	if measuresLatency {
		batch = 1
	}
	for {
		events, err := partition.ReceiveEvents(context.Background(), batch, nil)
		check(err)
		for _, event := range events {
			handle(event, readsProperties, measuresLatency)
		}
	}
}

func takeLatencies() string {
	lock.Lock()
	taken := latenciesNs
	latenciesNs = nil
	lock.Unlock()
	sort.Slice(taken, func(a, b int) bool { return taken[a] < taken[b] })
	at := func(part float64) float64 {
		if len(taken) == 0 {
			return -1
		}
		return float64(taken[int(float64(len(taken))*part)]) / 1e6
	}
	return fmt.Sprintf(`{"count":%d,"p50Ms":%f,"p99Ms":%f}`, len(taken), at(0.5), at(0.99))
}

func main() {
	partitions, err := strconv.Atoi(os.Args[3])
	check(err)
	readsProperties, measuresLatency := os.Args[4] == "true", os.Args[5] == "true"
	consumer, err := azeventhubs.NewConsumerClientFromConnectionString(os.Args[1], os.Args[2], azeventhubs.DefaultConsumerGroup, nil)
	check(err)
	yes := true
	start := azeventhubs.StartPosition{Earliest: &yes}
	if measuresLatency {
		start = azeventhubs.StartPosition{Latest: &yes}
	}
	for id := range partitions {
		partition, err := consumer.NewPartitionClient(strconv.Itoa(id), &azeventhubs.PartitionClientOptions{StartPosition: start, Prefetch: 1000})
		check(err)
		go receive(partition, readsProperties, measuresLatency)
	}
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		if lines.Text() == "count" {
			fmt.Println(count.Load())
		} else {
			fmt.Println(takeLatencies())
		}
	}
}
