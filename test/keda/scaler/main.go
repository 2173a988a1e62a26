// Asks KEDA's own azure-eventhub scaler what it sees. Reads one trigger per line of standard input as JSON, as a
// ScaledObject and its TriggerAuthentication would give it, and answers each with one line. Ends with its input.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"time"

	v2 "k8s.io/api/autoscaling/v2"

	"github.com/kedacore/keda/v2/pkg/scalers"
	"github.com/kedacore/keda/v2/pkg/scalers/scalersconfig"
)

const (
	readDeadline   = 20 * time.Second
	longestTrigger = 1 << 20
)

// trigger is what the scaler is configured with.
type trigger struct {
	Metadata   map[string]string `json:"metadata"`
	AuthParams map[string]string `json:"authParams"`
}

// reading is what the scaler answers; Error is empty when it could read.
type reading struct {
	// Value is the metric KEDA gives to the HPA: the total lag up to partitions x threshold.
	Value int64 `json:"value"`
	// Active is whether KEDA would start the first replica.
	Active bool `json:"active"`
	// Metric is the metric's name.
	Metric string `json:"metric"`
	Error  string `json:"error,omitempty"`
}

func main() {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, longestTrigger)
	answers := json.NewEncoder(os.Stdout)
	for lines.Scan() {
		answer, err := readLine(lines.Bytes())
		if err != nil {
			answer = reading{Error: err.Error()}
		}
		if err := answers.Encode(answer); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	if err := lines.Err(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func readLine(line []byte) (reading, error) {
	var asked trigger
	if err := json.Unmarshal(line, &asked); err != nil {
		return reading{}, fmt.Errorf("the line is no trigger: %w", err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), readDeadline)
	defer cancel()
	return read(ctx, asked)
}

// read makes a scaler, asks it once and closes it, as KEDA does after an error.
func read(ctx context.Context, asked trigger) (answer reading, err error) {
	scaler, err := scalers.NewAzureEventHubScaler(&scalersconfig.ScalerConfig{
		ScalableObjectName:      "worker",
		ScalableObjectNamespace: "default",
		GlobalHTTPTimeout:       10 * time.Second,
		TriggerType:             "azure-eventhub",
		TriggerMetadata:         asked.Metadata,
		AuthParams:              asked.AuthParams,
		ResolvedEnv:             map[string]string{},
		MetricType:              v2.AverageValueMetricType,
	})
	if err != nil {
		return reading{}, err
	}
	defer func() {
		if closeErr := scaler.Close(ctx); err == nil {
			err = closeErr
		}
	}()
	name := scaler.GetMetricSpecForScaling(ctx)[0].External.Metric.Name
	values, active, err := scaler.GetMetricsAndActivity(ctx, name)
	if err != nil {
		return reading{}, err
	}
	return reading{Value: values[0].Value.Value(), Active: active, Metric: name}, nil
}
