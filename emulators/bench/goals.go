package main

// Goals for the embedded backend on two processors, load generator included.
// Reading has none here: a large room is to take as long as a small one.
const (
	goalImage      = 30e6 // bytes, of the container image that the program is nearly all of
	goalStart      = 0.1  // seconds
	goalIdle       = 40e6 // bytes
	goalThroughput = 5000 // messages per second
)

// goalSeen is the goal for the 99th percentile of sent to seen, in seconds, by rate.
var goalSeen = map[int]float64{1_000: 0.05}

// The first Boochat, a NestJS server in two processes, measured on a machine of the
// same kind (two processors, load generator included) with RabbitMQ 3.10.8, on the
// faster of two stores: an in-memory stand-in for MongoDB. Medians; memory without
// the broker's. Absolute figures move with the machine.
const (
	firstStart  = 1.2   // seconds, of its command process
	firstIdle   = 217e6 // bytes
	firstLoaded = 402e6 // bytes, the least that was seen
)

var (
	// firstThroughput is in messages per second, from empty rooms; it falls as they fill.
	firstThroughput = map[shape]float64{{1, 2}: 98, {20, 5}: 389}
	// firstSeen is the 99th percentile of sent to seen, in seconds, by rate.
	firstSeen = map[int]float64{10: 0.0268}
	// firstOpen is in seconds, by items in the room.
	firstOpen = map[int]float64{100: 0.008, 10_000: 0.279}
)
