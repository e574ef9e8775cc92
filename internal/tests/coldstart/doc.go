// Package coldstart starts the functions as Lambda does, with AWS in its place, and
// measures how long each takes from the start of its process to its first answer, and
// how large each is. `make bench-aws` writes the figures into docs/performance.md.
package coldstart
