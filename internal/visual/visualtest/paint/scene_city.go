package paint

// drawCity is a skyline at the water, its towers fading into haze, its windows lit.
func drawCity(f *frame, b brief) scene {
	l := b.light
	s := newSky(f, l, 0.74)
	s.cloudy(f.between(0.25, 0.6))
	v := newView(f, s)
	const rows = 5
	ground := float32(0.76)
	lit := float32(0.02)
	if l.night || l.high < 0.13 {
		lit = 0.3
	}
	if s.stars != nil {
		s.stars.rich = 0.35 // the city outshines them
	}
	for i := range rows {
		t := float32(i) / (rows - 1)
		tall := mix(0.34, 0.17, t)
		top, block := skyline(f, ground, tall, mix(0.018, 0.05, t)*f.unit)
		lay := &layer{
			top: top, crest: blend(l.far, l.near, 0.12+0.8*t), foot: blend(l.mist, l.far, 0.2),
			depth: 0.3 * float32(f.h), mist: mix(0.9, 0.4, t),
		}
		lay.lamps = &lamps{
			block: block, cell: mix(0.0028, 0.006, t) * f.unit, share: lit * mix(0.6, 1, t),
			bright: mix(0.25, 0.9, t), seed: f.seed + uint32(i),
		}
		v.layers = append([]*layer{lay}, v.layers...)
	}
	v.water, v.calm, v.deep = ground*float32(f.h), 0.25, l.near.mix(l.sky[1], 0.4)
	return v
}

// skyline is towers of many widths and heights, higher in the middle. block numbers
// the tower that each column belongs to.
func skyline(f *frame, ground, tall, wide float32) (top []float32, block []int32) {
	top, block = make([]float32, f.w), make([]int32, f.w)
	center := f.between(0.3, 0.7)
	floorY := ground * float32(f.h)
	limit := min(1, f.unit/float32(f.h)*1.2)
	for x, n := 0, int32(1); x < f.w; n++ {
		w := max(3, int(wide*f.between(0.5, 1.7)))
		u := float32(x)/float32(f.w) - center
		h := tall * limit * (0.25 + 0.75*exp(-u*u*7)) * (0.35 + 0.9*f.Float32()*f.Float32()) * float32(f.h)
		tower(f, top, block, x, w, floorY-h, h, n)
		x += w
		if f.IntN(4) == 0 {
			gap := int(wide * f.between(0.1, 0.6))
			for i := x; i < min(x+gap, f.w); i++ {
				top[i] = floorY - 0.012*f.unit
			}
			x += gap
		}
	}
	return top, block
}

// tower is a box, some with steps, a slanted roof or a mast.
func tower(f *frame, top []float32, block []int32, x, w int, roof, h float32, n int32) {
	kind := f.IntN(7)
	for i := x; i < min(x+w, f.w); i++ {
		t := float32(i-x) / float32(w)
		y := roof
		mid := abs(2*t - 1)
		switch kind {
		case 0: // steps
			if mid > 0.6 {
				y += 0.14 * h
			}
			if mid > 0.82 {
				y += 0.12 * h
			}
		case 1: // slanted
			y += 0.10 * h * t
		case 2: // a crown
			y += 0.12 * h * mid * mid
		case 3: // a mast
			if w > 8 && abs(float32(i-x)-float32(w)/2) < max(0.0008*f.unit, 0.6) {
				y -= 0.22 * h
			}
		}
		top[i], block[i] = y, n
	}
}

// lamps are lit windows.
type lamps struct {
	block  []int32
	cell   float32 // pixels from window to window
	share  float32
	bright float32
	seed   uint32
}

// at is the light of the windows at a pixel, d below the roof.
func (l *lamps) at(x, y int, d float32) rgb {
	n := l.block[x]
	if n == 0 || d < 1.2*l.cell {
		return rgb{}
	}
	i, u := floor(float32(x) / (l.cell * 0.8))
	j, v := floor(float32(y) / (l.cell * 1.3))
	if u < 0.22 || v < 0.3 {
		return rgb{}
	}
	// Some towers sleep, some are awake.
	awake := chance(n, 7, l.seed) * 2
	k := chance(i, j*131+n, l.seed)
	if k > l.share*awake {
		return rgb{}
	}
	warm := chance(i, j, l.seed+5)
	c := rgb{1, 0.66, 0.30}
	if warm > 0.72 {
		c = rgb{0.75, 0.85, 1}
	} else if warm > 0.5 {
		c = rgb{1, 0.82, 0.55}
	}
	return c.times(l.bright * (0.25 + 0.75*chance(j, i, l.seed+9)))
}
