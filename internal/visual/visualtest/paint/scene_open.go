package paint

// sea is open water under a wide sky.
type sea struct {
	f      *frame
	sky    sky
	deep   rgb
	shadow rgb
	swell  float32
	island *layer
	boat   *boat
}

// drawSea is the sun over the sea, and the path of light that leads to it.
func drawSea(f *frame, b brief) scene {
	s := newSky(f, b.light, f.between(0.46, 0.58))
	s.cloudy(f.between(0.3, 0.6))
	if b.light.night {
		s.glow = 0.5
	}
	m := &sea{
		f: f, sky: s, deep: blend(b.light.near, b.light.sky[0], 0.55),
		shadow: b.light.near, swell: f.between(0.7, 1.3),
	}
	if f.IntN(2) == 0 {
		m.island = islandAt(f, s)
	}
	if f.IntN(2) == 0 {
		m.boat = newBoat(f, s)
	}
	return m
}

func islandAt(f *frame, s sky) *layer {
	top := make([]float32, f.w)
	side := f.between(-0.1, 0.2)
	if s.sunX < float32(f.w)/2 {
		side = f.between(0.8, 1.1)
	}
	shift := f.between(0, 50)
	for x := range top {
		u := float32(x) / float32(f.w)
		bulk := exp(-(u - side) * (u - side) / 0.035)
		top[x] = s.horizon - bulk*(0.05+0.13*crag(float32(x)/f.unit*2.4+shift, 6, 0.48, f.seed))*f.unit + 1
	}
	return &layer{
		top: top, crest: blend(s.light.far, s.light.near, 0.35), foot: s.light.mist,
		depth: 0.2 * f.unit, mist: 0.8,
	}
}

func (m *sea) at(x, y int) rgb {
	fx, fy := float32(x), float32(y)
	var c rgb
	if fy < m.sky.horizon {
		c = m.sky.at(fx, fy)
		if m.island != nil {
			if in := fy - m.island.top[x] + 0.5; in > 0 {
				c = c.mix(m.island.color(x, y, 0.5), min(in, 1))
			}
		}
	} else {
		c = m.water(fx, fy)
	}
	// Haze where sea and sky meet.
	d := (fy - m.sky.horizon) / m.f.unit
	c = c.mix(m.sky.light.mist, 0.45*exp(-d*d*900))
	if m.boat != nil {
		c = m.boat.over(fx, fy, c)
	}
	return c
}

// water is what the waves at a pixel mirror: the sky at the height that their slope
// throws back, the sun where they lean the right way, and their own colour when
// looked into steeply.
func (m *sea) water(x, y float32) rgb {
	below := (y - m.sky.horizon) / m.f.unit
	z := 0.11 / (below + 0.0035) // distance; 1 near the lower edge
	wx, wz := (x-m.sky.sunX)/m.f.unit*z, z
	slope, crest := m.waves(wx, wz, below)
	// Slopes near the horizon hide each other and even out.
	lift := clamp(below*1.1 + 0.10 + slope*(0.26+0.3*below))
	c := m.sky.ramp.at(1 - lift*0.9)
	fresnel := clamp(0.92 - 1.35*below + slope*0.55)
	c = m.deep.mix(c, 0.25+0.7*fresnel)
	c = c.mix(m.shadow, 0.35*clamp(-slope*1.4)*clamp(below*5))
	return c.plus(m.glitter(x, below, slope, crest))
}

// waves is the slope towards the eye, about −1 to 1, and the fine crests on it.
func (m *sea) waves(wx, wz, below float32) (slope, crest float32) {
	seed := m.f.seed
	// Each size of wave is left out where it would be smaller than a pixel.
	detail := below * m.f.unit / 9
	amp := float32(0.5)
	freq := float32(7)
	for i := range 4 {
		fade := clamp(detail*14/freq/(wz+0.3) - 0.15)
		if fade <= 0 {
			break
		}
		n := noise(wx*freq*0.55+float32(i)*17, wz*freq*2.1+float32(i)*5+0.3*wx, seed+uint32(i)) - 0.5
		slope += n * 2 * amp * fade * m.swell
		amp *= 0.62
		freq *= 2.3
	}
	crest = noise(wx*70, wz*260, seed+60)
	return slope, crest
}

// glitter is the path of the sun: wider towards the eye, broken into sparks.
func (m *sea) glitter(x, below, slope, crest float32) rgb {
	wide := 0.035 + 0.32*below + m.sky.sunR/m.f.unit
	d := (x - m.sky.sunX) / m.f.unit / wide
	path := exp(-d * d * 1.2)
	high := clamp((m.sky.horizon - m.sky.sunY) / m.f.unit / 0.5)
	spark := step(0.05, 0.75, slope+1.5*crest-0.75)
	even := 0.22 * exp(-below*9)
	strength := (0.9 - 0.45*high) * path * (even + 0.95*spark*(0.35+exp(-below*4)))
	if m.sky.light.night {
		strength *= 0.55
	}
	return m.sky.light.sun.times(strength)
}

// boat is a small sail near the horizon.
type boat struct {
	x, y, size float32
	hull, sail rgb
}

func newBoat(f *frame, s sky) *boat {
	return &boat{
		x: s.sunX + f.between(-0.22, 0.22)*f.unit, y: s.horizon + 0.012*f.unit, size: f.between(0.028, 0.05) * f.unit,
		hull: s.light.near.times(0.6), sail: blend(s.light.near, s.light.far, 0.25).times(0.8),
	}
}

func (b *boat) over(x, y float32, c rgb) rgb {
	u, v := (x-b.x)/b.size, (b.y-y)/b.size // v up from the waterline
	if u < -1 || u > 1 || v < -1.5 || v > 2.2 {
		return c
	}
	soft := 1 / b.size
	if v < 0 { // its reflection
		fade := 0.55 * exp(v*2.2)
		return c.mix(b.hull, fade*max(b.sails(u*(1+0.1*sin(v*40)), -v*1.1, soft*2), b.body(u, -v, soft*2)))
	}
	c = c.mix(b.sail, b.sails(u, v, soft))
	return c.mix(b.hull, b.body(u, v, soft))
}

func (b *boat) body(u, v, soft float32) float32 {
	half := 0.42 + 0.35*v
	return step(soft, -soft, abs(u)-half) * step(soft, -soft, v-0.2)
}

func (b *boat) sails(u, v, soft float32) float32 {
	mainsail := min(0.55*(1-(v-0.3)/1.7), 1) - u
	foresail := 0.34*(1-(v-0.3)/1.35) + u
	up := step(-soft, soft, v-0.3)
	right := step(-soft, soft, mainsail) * step(-soft, soft, u-0.03)
	left := step(-soft, soft, foresail) * step(-soft, soft, -0.03-u)
	return up * max(right, left)
}

// desert is dunes, each lit on one side.
type desert struct {
	f     *frame
	sky   sky
	dunes []dune // the nearest first
	lit   *ramp
	side  float32 // 1 where the sun stands on the left
}

type dune struct {
	top    []float32
	facing slopes
	tone   float32 // 0 far, 1 near
	ripple float32 // pixels from one to the next
	reach  float32 // pixels that the shadow of a crest runs down
}

// slopes is how far a crest faces the sun, −1 to 1, in each column; further down it
// is blurred, as faces run into each other there.
type slopes struct {
	top   []float32
	sharp []float32
	soft  []float32
	reach float32
}

func (s *slopes) at(x, y float32) float32 {
	i := min(max(int(x), 0), len(s.top)-1)
	return mix(s.sharp[i], s.soft[i], clamp((y-s.top[i])/s.reach))
}

// blurred is the mean of a row over so many columns on both sides.
func blurred(row []float32, reach int) []float32 {
	sum := make([]float64, len(row)+1)
	for i, v := range row {
		sum[i+1] = sum[i] + float64(v)
	}
	out := make([]float32, len(row))
	for i := range out {
		a, b := max(i-reach, 0), min(i+reach+1, len(row))
		out[i] = float32((sum[b] - sum[a]) / float64(b-a))
	}
	return out
}

// drawDesert is ranges of dunes with sharp crests in low light.
func drawDesert(f *frame, b brief) scene {
	l := b.light
	s := newSky(f, l, 0.6)
	if f.IntN(2) == 0 {
		s.cloudy(f.between(0.1, 0.3))
	}
	sand := []rgb{hex(0x3d1f1c), hex(0x8a4526), hex(0xd0803f), hex(0xf0b56a), hex(0xffe0ab)}
	for i, c := range sand {
		sand[i] = blend(c, l.sky[min(i, 3)], 0.2)
		if l.night {
			sand[i] = blend(c, l.far, 0.8).times(0.2 + 0.18*float32(i))
		}
	}
	d := &desert{f: f, sky: s, lit: newRamp(sand...)}
	d.side = 1
	if s.sunX > float32(f.w)/2 {
		d.side = -1
	}
	const ranges = 6
	for i := range ranges {
		t := float32(i) / (ranges - 1)
		d.dunes = append([]dune{newDune(f, t, d.side, f.seed+uint32(i)*71)}, d.dunes...)
	}
	return d
}

// newDune has long backs and short, steep faces: the coordinate is bent before the
// noise is asked.
func newDune(f *frame, t, side float32, seed uint32) dune {
	base := mix(0.56, 0.98, pow(t, 1.3))
	rise := mix(0.07, 0.3, t) * min(1, f.unit/float32(f.h)*1.1)
	d := dune{
		top: make([]float32, f.w), tone: t,
		ripple: mix(0.004, 0.016, t) * f.unit, reach: mix(0.06, 0.34, t) * float32(f.h),
	}
	shift, wide := f.between(0, 40), mix(2.4, 0.95, t)
	for x := range d.top {
		u := float32(x)/f.unit*wide + shift
		u += 0.16 * sin(u*2.4+shift)
		n := 0.8*crag(u, 2, 0.22, seed) + 0.2*fbm1(u*2.1, 3, 0.4, seed+5)
		d.top[x] = (base - rise*(n-0.4)) * float32(f.h)
	}
	sharp := faces(f, d.top, side)
	for x, v := range sharp {
		sharp[x] = min(max(v*4, -1), 1)
	}
	d.facing = slopes{top: d.top, sharp: blurred(sharp, int(0.004*f.unit)), soft: blurred(sharp, int(0.05*f.unit)), reach: d.reach}
	return d
}

func (d *desert) at(x, y int) rgb {
	fy := float32(y)
	var c rgb
	var rest float32 = 1
	for i := range d.dunes {
		u := &d.dunes[i]
		cover := cover(u.top, x, fy)
		if cover <= 0 {
			continue
		}
		c = c.plus(d.sand(u, x, fy).times(rest * cover))
		rest *= 1 - cover
		if rest < 0.004 {
			return c
		}
	}
	return c.plus(d.sky.at(float32(x), fy).times(rest))
}

// sand is lit where it faces the sun. The edge between light and shadow runs down
// from each crest in a curve; ripples follow the slope.
func (d *desert) sand(u *dune, x int, y float32) rgb {
	down := (y - u.top[x]) / u.reach
	wind := noise(float32(x)/d.f.unit*4, y/d.f.unit*5, d.f.seed+3) - 0.5
	lean := u.facing.at(float32(x)+(0.10*down+0.05*wind)*d.f.unit*d.side, y)
	light := 0.60 + 0.30*lean + 0.10*wind - 0.16*clamp(down*0.8)
	light += 0.14 * step(0.10, 0, down) * clamp(lean*2+0.2)
	phase := y/u.ripple*(1+0.12*u.tone) + 3.2*noise(float32(x)/d.f.unit*7, y/d.f.unit*14, d.f.seed+8) + float32(x)/u.ripple*0.25
	light += 0.03 * u.tone * sin(phase) * clamp(down*4)
	c := d.lit.at(light)
	return c.mix(d.sky.light.mist, (1-u.tone)*(1-u.tone)*0.62+0.12*(1-u.tone))
}
