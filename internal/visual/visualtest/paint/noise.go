package paint

import "math"

// bits is a hash of a place on the grid.
func bits(x, y int32, seed uint32) uint32 {
	h := uint32(x)*0x9E3779B1 ^ uint32(y)*0x85EBCA77 ^ seed*0xC2B2AE3D
	h ^= h >> 15
	h *= 0x2C1B3C6D
	h ^= h >> 12
	h *= 0x297A2D39
	return h ^ h>>15
}

// chance is the hash as a number from 0 to 1.
func chance(x, y int32, seed uint32) float32 {
	return float32(bits(x, y, seed)>>8) * (1. / (1 << 24))
}

// floor splits a coordinate into cell and place within it.
func floor(x float32) (cell int32, rest float32) {
	cell = int32(x)
	if float32(cell) > x {
		cell--
	}
	return cell, x - float32(cell)
}

func smooth(t float32) float32 { return t * t * (3 - 2*t) }

// noise is smooth chance from 0 to 1, one hill or hollow a cell.
func noise(x, y float32, seed uint32) float32 {
	xi, xf := floor(x)
	yi, yf := floor(y)
	xf, yf = smooth(xf), smooth(yf)
	a := mix(chance(xi, yi, seed), chance(xi+1, yi, seed), xf)
	b := mix(chance(xi, yi+1, seed), chance(xi+1, yi+1, seed), xf)
	return mix(a, b, yf)
}

// fbm sums octaves of noise, each turned a little so that no grid shows. From 0 to 1.
func fbm(x, y float32, octaves int, seed uint32) float32 {
	var sum, norm float32
	amp := float32(0.5)
	for i := range octaves {
		sum += amp * noise(x, y, seed+uint32(i)*7919)
		norm += amp
		amp *= 0.5
		x, y = 1.6*x-1.2*y+3.1, 1.2*x+1.6*y+1.7
	}
	return sum / norm
}

// line is noise along one dimension.
func line(x float32, seed uint32) float32 {
	xi, xf := floor(x)
	return mix(chance(xi, 0, seed), chance(xi+1, 0, seed), smooth(xf))
}

// fbm1 sums octaves of line; rough is how much of each the next one keeps. From 0 to 1.
func fbm1(x float32, octaves int, rough float32, seed uint32) float32 {
	var sum, norm float32
	amp := float32(1)
	for i := range octaves {
		sum += amp * line(x, seed+uint32(i)*104729)
		norm += amp
		amp *= rough
		x = 2*x + 0.37
	}
	return sum / norm
}

// crag is noise with sharp crests, as mountains have. From 0 to 1.
func crag(x float32, octaves int, rough float32, seed uint32) float32 {
	var sum, norm float32
	amp := float32(1)
	for i := range octaves {
		n := 1 - abs(2*line(x, seed+uint32(i)*104729)-1)
		sum += amp * n
		norm += amp
		amp *= rough
		x = 2.1*x + 0.71
	}
	return sum / norm
}

// cells bounds the grid of a field.
const cells = 140_000

// field is something soft, worked out on a coarse grid.
type field struct {
	w, h   int
	sx, sy float32
	v      []float32
}

// newField works fn out for places given in pixels of the frame.
func newField(f *frame, fn func(x, y float32) float32) *field {
	step := max(1, math.Sqrt(float64(f.w)*float64(f.h)/cells))
	g := &field{w: int(float64(f.w)/step) + 3, h: int(float64(f.h)/step) + 3}
	g.sx, g.sy = float32(1/step), float32(1/step)
	g.v = make([]float32, g.w*g.h)
	overRows(g.h, func(j int) {
		for i := range g.w {
			g.v[j*g.w+i] = fn(float32(i)/g.sx, float32(j)/g.sy)
		}
	})
	return g
}

// at is the field's value at a pixel, between the points of the grid.
func (g *field) at(x, y float32) float32 {
	x, y = within(x*g.sx, float32(g.w-2)), within(y*g.sy, float32(g.h-2))
	i, j := int(x), int(y)
	fx, fy := x-float32(i), y-float32(j)
	p := g.v[j*g.w+i:]
	q := g.v[(j+1)*g.w+i:]
	return mix(mix(p[0], p[1], fx), mix(q[0], q[1], fx), fy)
}

// within keeps x from 0 to less than limit.
func within(x, limit float32) float32 {
	if x < 0 {
		return 0
	}
	if x >= limit {
		return limit - 0.001
	}
	return x
}

func mix(a, b, t float32) float32 { return a + (b-a)*t }

func abs(x float32) float32 { return float32(math.Abs(float64(x))) }

// clamp keeps x from 0 to 1. Branches are faster than min and max, which mind NaN and
// the sign of zero.
func clamp(x float32) float32 {
	if x < 0 {
		return 0
	}
	if x > 1 {
		return 1
	}
	return x
}

// step rises smoothly from 0 at a to 1 at b.
func step(a, b, x float32) float32 { return smooth(clamp((x - a) / (b - a))) }

func sqrt(x float32) float32 { return float32(math.Sqrt(float64(x))) }

func exp(x float32) float32 { return float32(math.Exp(float64(x))) }

func sin(x float32) float32 { return float32(math.Sin(float64(x))) }

func cos(x float32) float32 { return float32(math.Cos(float64(x))) }

func pow(x, y float32) float32 { return float32(math.Pow(float64(x), float64(y))) }
