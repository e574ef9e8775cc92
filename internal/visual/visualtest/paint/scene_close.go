package paint

import "math"

// flower is one bloom seen from above, its petals in rings, in front of a garden out
// of focus.
type flower struct {
	f      *frame
	cx, cy float32
	rings  []ring // the innermost first
	heart  rgb
	tint   *ramp
	garden *field
	bokeh  [][4]float32 // x, y, radius, tone
	leaf   *ramp
}

type ring struct {
	petals  float32
	outline *[outlinePoints]float32
	reach   float32 // radius of the tips, pixels
	turn    float32
	seed    uint32
}

// outlinePoints is how finely a petal's outline is worked out, from its middle to
// its side.
const outlinePoints = 512

// petalOutline is the length of a petal from its middle to its side.
func petalOutline() *[outlinePoints]float32 {
	var o [outlinePoints]float32
	for i := range o {
		o[i] = pow(1-pow(float32(i)/(outlinePoints-1), 3.2), 0.42)
	}
	return &o
}

func drawFlower(f *frame, b brief) scene {
	palettes := [][4]uint32{
		{0x7a0f3c, 0xd83a6e, 0xff9fb0, 0xffe9e6}, {0x8a1d10, 0xe2572c, 0xffb067, 0xfff0d0},
		{0x3a1560, 0x7a4fc0, 0xc3a4f0, 0xf6eaff}, {0xb06a00, 0xf2b01e, 0xffe07a, 0xfffbe0},
		{0x9a6a7c, 0xe7b9c6, 0xfbe6ea, 0xffffff}, {0x6d0820, 0xb8122f, 0xee4a55, 0xffb3a8},
	}
	p := palettes[f.IntN(len(palettes))]
	k := &flower{f: f, tint: newRamp(hex(p[0]), hex(p[1]), hex(p[2]), hex(p[3])), heart: hex(0xf7c64a)}
	k.cx, k.cy = f.between(0.4, 0.6)*float32(f.w), f.between(0.42, 0.56)*float32(f.h)
	reach := f.between(0.36, 0.43) * min(f.unit, 1.05*float32(min(f.w, f.h)))
	const rings = 9
	outline := petalOutline()
	petals := float32(8 + f.IntN(6))
	for i := range rings {
		t := float32(i+1) / rings
		k.rings = append(k.rings, ring{
			petals: petals + float32(i/2)*2, reach: reach * (0.16 + 0.84*pow(t, 0.85)),
			turn: f.between(7, 13), seed: f.seed + uint32(i), outline: outline,
		})
	}
	green := blend(hex(0x0c2a1c), b.light.near, 0.3)
	k.leaf = newRamp(green, blend(hex(0x2f6b3f), b.light.sky[1], 0.25), blend(hex(0xa6c97a), b.light.sky[3], 0.4))
	seed := f.seed
	for range 26 {
		k.bokeh = append(k.bokeh, [4]float32{f.Float32() * float32(f.w), f.Float32() * float32(f.h), f.between(0.02, 0.085) * f.unit, f.Float32()})
	}
	k.garden = newField(f, func(x, y float32) float32 { return 0.15 + 0.75*fbm(x/f.unit*2, y/f.unit*2, 3, seed+90) })
	return k
}

func (k *flower) at(x, y int) rgb {
	fx, fy := float32(x), float32(y)
	dx, dy := fx-k.cx, fy-k.cy
	r := sqrt(dx*dx + dy*dy)
	last := k.rings[len(k.rings)-1].reach
	if r > last*1.06 {
		return k.back(fx, fy, r/last)
	}
	angle := float32(math.Atan2(float64(dy), float64(dx)))
	var c rgb
	var rest float32 = 1
	shadow := float32(0)
	for i := range k.rings {
		g := &k.rings[i]
		tone, cover, drop := g.petal(angle, r, k.f.unit)
		if cover > 0 {
			t := float32(i) / float32(len(k.rings)-1)
			petal := k.tint.at(clamp(tone*0.72 + 0.22*t)).times((1 - 0.62*shadow) * (0.82 + 0.18*t))
			c = c.plus(petal.times(rest * cover))
			rest *= 1 - cover
		}
		if rest < 0.004 {
			return k.center(c, r)
		}
		shadow = max(shadow*0.5, drop)
	}
	return k.center(c.plus(k.back(fx, fy, r/last).times(rest*(1-0.5*shadow))), r)
}

// petal tells of a point whether a petal of the ring covers it, how bright it is from
// root to tip, and how much shadow the ring casts there on the ring below.
func (g *ring) petal(angle, r, unit float32) (tone, cover, drop float32) {
	if r > 1.13*g.reach {
		return 0, 0, 0
	}
	n, part := floor((angle + g.turn) / (2 * math.Pi) * g.petals)
	a := 2*part - 1 // across the petal, −1 to 1
	own := chance(n%int32(g.petals), 3, g.seed)
	tip := g.reach * max((0.9+0.1*own)*g.outline[int(abs(a)*(outlinePoints-1))], 0.5*(1-0.6*abs(a)))
	edge := tip - r
	soft := 0.0012*unit + 0.5
	cover = clamp(edge/soft + 0.5)
	drop = step(-0.12*g.reach, 0, edge) * 0.85
	if cover <= 0 {
		return 0, 0, drop
	}
	along := r / g.reach
	vein := 0.035 * sin(a*22+own*9) * along
	cup := 0.18 * (1 - a*a)
	rim := 0.16 * step(0.07*g.reach, 0, edge)
	return clamp(0.05 + 0.72*along*along + cup*along + rim + vein - 0.12*abs(a)*(1-along) + 0.10*(own-0.5)), cover, 0
}

// center is the heart of the bloom, full of stamens.
func (k *flower) center(c rgb, r float32) rgb {
	size := k.rings[0].reach * 0.62
	if r > size*1.3 {
		return c
	}
	glow := step(size*1.3, size*0.2, r)
	return c.mix(k.heart, 0.75*glow).times(1 - 0.15*glow)
}

// back is the garden: soft greens, circles of light, darker under the bloom.
func (k *flower) back(x, y, away float32) rgb {
	c := k.leaf.at(k.garden.at(x, y))
	for i := range k.bokeh {
		b := &k.bokeh[i]
		dx, dy := x-b[0], y-b[1]
		d2 := dx*dx + dy*dy
		if d2 > b[2]*b[2]*1.1 {
			continue
		}
		d := sqrt(d2) / b[2]
		disk := step(1.02, 0.94, d) * (0.55 + 0.45*d*d)
		c = c.plus(k.leaf.at(0.6+0.4*b[3]).mix(k.tint.at(0.8), 0.5*step(0.55, 0.7, b[3])).times(0.16 * disk))
	}
	return c.times(0.55 + 0.45*step(0.9, 1.5, away))
}

// drawCat is a cat on a hill, looking at a large moon.
func drawCat(f *frame, b brief) scene {
	l := b.light
	if !l.night && l.high > 0.2 {
		l = dusk().varied(f)
	}
	s := newSky(f, l, 0.95)
	s.stars = newStars(f)
	s.stars.rich = 0.7
	s.sunR, s.glow = 0.19*f.unit*min(1, float32(f.w)/f.unit), 0.5
	s.sunX = f.between(0.4, 0.6) * float32(f.w)
	s.sunY = 0.42 * float32(f.h)
	s.light.sun = hex(0xffeccb)
	s.cloudy(f.between(0.1, 0.3))
	v := newView(f, s)
	far := ridge(f, 0.86, 0.16, 1.6, 0.45, f.seed)
	hill := make([]float32, f.w)
	for x := range hill {
		u := (float32(x) - s.sunX) / f.unit
		hill[x] = (0.80+0.10*fbm1(u*1.2+7, 3, 0.4, f.seed+2))*float32(f.h) + 0.16*f.unit*u*u
	}
	dark := l.near.times(0.5)
	ground := grass(f, hill, 0.018*f.unit)
	v.layers = []*layer{
		{top: ground, crest: dark, foot: dark, depth: 1},
		{top: far, crest: blend(l.far, l.near, 0.4), foot: l.mist, depth: 0.18 * float32(f.h), mist: 0.7},
	}
	c := cat{x: s.sunX + f.between(-0.06, 0.06)*f.unit, size: 0.26 * f.unit, color: dark, rim: s.light.sun}
	c.y = hill[min(max(int(c.x), 0), f.w-1)] + 0.01*f.unit
	if f.IntN(2) == 0 {
		c.size = -c.size // looks the other way
	}
	moon := v.sky
	v.glowing = func(x, y float32) rgb { return maria(f, &moon, x, y) }
	v.over = func(x, y int, under rgb) rgb { return c.over(float32(x), float32(y), under) }
	return v
}

// maria are the dark plains on the moon, as light taken away.
func maria(f *frame, s *sky, x, y float32) rgb {
	dx, dy := (x-s.sunX)/s.sunR, (y-s.sunY)/s.sunR
	d := dx*dx + dy*dy
	if d > 1 {
		return rgb{}
	}
	n := step(0.46, 0.68, fbm(dx*1.7+4, dy*1.7+9, 5, f.seed+31))
	k := -(0.55*n + 0.35*d*d) * step(1, 0.9, d)
	return s.light.sun.times(k * 0.75)
}

// grass raises a silhouette by blades.
func grass(f *frame, ground []float32, tall float32) []float32 {
	top := append([]float32(nil), ground...)
	for x := float32(0); x < float32(f.w); x += 0.0022 * f.unit {
		h, lean, half := tall*f.between(0.3, 1.2), f.between(-0.5, 0.5), max(0.0011*f.unit, 0.7)
		for i := max(int(x-h), 0); i < min(int(x+h), f.w); i++ {
			// A blade leans: its tip is at x + lean·h.
			t := (float32(i) - x) / (lean*h + 0.001)
			if t < 0 || t > 1 {
				if abs(float32(i)-x) > half {
					continue
				}
				t = 0.4
			}
			top[i] = min(top[i], ground[i]-h*t*(1.4-0.4*t))
		}
	}
	return top
}

// cat is a silhouette made of round shapes that flow into each other.
type cat struct {
	x, y, size float32
	color, rim rgb
}

func (c *cat) over(x, y float32, under rgb) rgb {
	s := abs(c.size)
	u, v := (x-c.x)/c.size, (c.y-y)/s // v up from the ground
	if abs(u) > 1.1 || v < -0.2 || v > 1.35 {
		return under
	}
	d := catShape(u, v)
	cover := clamp(0.5 - d*s)
	edge := 0.35 * exp(-d*d*9000) * step(0.2, 0.9, v)
	return under.mix(c.color, cover).plus(c.rim.times(edge * cover * 0.5))
}

// catShape is the distance to a sitting cat one unit high, negative inside.
func catShape(u, v float32) float32 {
	d := oval(u, v, 0.02, 0.26, 0.25, 0.30)                  // haunches
	d = melt(d, oval(u, v, -0.06, 0.52, 0.155, 0.30), 0.10)  // chest
	d = melt(d, oval(u, v, -0.11, 0.84, 0.155, 0.125), 0.05) // head
	d = melt(d, oval(u, v, -0.14, 0.12, 0.075, 0.17), 0.04)  // forelegs
	d = min(d, ear(u, v, -0.205, 0.90, -0.245, 1.07), ear(u, v, -0.03, 0.91, 0.005, 1.07))
	if u < 0 || v > 0.6 {
		return d
	}
	return melt(d, tail(u, v), 0.03)
}

// oval is about the distance to an ellipse.
func oval(u, v, x, y, a, b float32) float32 {
	p, q := (u-x)/a, (v-y)/b
	return (sqrt(p*p+q*q) - 1) * min(a, b)
}

// melt joins two shapes with a soft seam.
func melt(a, b, k float32) float32 {
	h := clamp(0.5 + 0.5*(b-a)/k)
	return mix(b, a, h) - k*h*(1-h)
}

// ear is a cone from (x, y) to its tip.
func ear(u, v, x, y, tx, ty float32) float32 {
	dx, dy := tx-x, ty-y
	t := clamp(((u-x)*dx + (v-y)*dy) / (dx*dx + dy*dy))
	p, q := u-x-t*dx, v-y-t*dy
	return sqrt(p*p+q*q) - 0.062*(1-t) - 0.006
}

// tail lies on the ground and curls up at its end.
func tail(u, v float32) float32 {
	const joints = 10
	best, px, py := float32(9), float32(0.15), float32(0.05)
	for i := 1; i <= joints; i++ {
		t := float32(i) / joints
		x := 0.15 + 0.40*sin(t*2.1)
		y := 0.05 + 0.40*t*t*t
		dx, dy := x-px, y-py
		k := clamp(((u-px)*dx + (v-py)*dy) / (dx*dx + dy*dy))
		p, q := u-px-k*dx, v-py-k*dy
		best = min(best, sqrt(p*p+q*q)-0.042*(1-0.4*t))
		px, py = x, y
	}
	return best
}
