package main

// heapFloor is memory in bytes that is set aside and never touched, so the system
// never provides it. The collector runs when the heap has doubled: without a floor
// that is after a few megabytes, every hundred requests, and took a fifth of the
// processor's time. With it the heap may grow by so much more in between.
const heapFloor = 16 << 20

func newHeapFloor() []byte { return make([]byte, heapFloor) }
