package paint

// layer is one range of land, trees or houses: everything below a silhouette.
type layer struct {
	top    []float32 // y of the silhouette in each column
	ground []float32 // what depth is measured from, where trees stand on it; nil is top
	facing []float32 // how far each column's crest faces the light, −1 to 1; nil is flat
	crest  rgb       // colour there
	foot   rgb       // colour in the depth, where mist lies
	depth  float32   // pixels from crest to foot
	mist   float32   // how much of the foot's colour is seen at most
	relief *field    // light and shadow on slopes, 0.5 is even; nil is flat
	shift  float32   // of the relief, which layers share
	steep  float32   // how much the relief counts
	snow   *snow
	lamps  *lamps
}

// color is the layer's light at a pixel below its silhouette.
func (l *layer) color(x, y int, haze float32) rgb {
	d := float32(y) - l.top[x]
	c := l.crest
	if l.relief != nil {
		r := l.relief.at(float32(x), float32(y)-l.shift)
		fade := 1 / (1 + d/l.depth)
		r = clamp(r + 0.42*l.facing[x]*fade*fade)
		if l.snow != nil {
			c = l.snow.over(c, d, r, float32(x), float32(y))
		}
		c = c.times(1 + l.steep*(r-0.5))
	}
	if l.lamps != nil {
		c = c.plus(l.lamps.at(x, y, d))
	}
	if l.ground != nil {
		d = float32(y) - l.ground[x]
	}
	return c.mix(l.foot, l.mist*step(0, l.depth, d)*(0.7+0.6*haze))
}

// snow covers the upper slopes.
type snow struct {
	lit, shade rgb
	line       float32 // pixels below the crest down to which it lies
	seed       uint32
	unit       float32
}

func (s *snow) over(rock rgb, d, relief, x, y float32) rgb {
	if d > 1.6*s.line {
		return rock
	}
	ragged := fbm(x/s.unit*9, y/s.unit*5, 3, s.seed)
	cover := step(0.1, -0.25, d/s.line-1.3*ragged+0.25*(0.5-relief))
	white := s.shade.mix(s.lit, step(0.22, 0.7, relief))
	return rock.mix(white, cover)
}

// view is a landscape: sky, land in layers, perhaps water in front.
type view struct {
	f       *frame
	sky     sky
	layers  []*layer // the nearest first
	haze    *field
	water   float32                   // y of the shore; beyond the frame where there is none
	deep    rgb                       // colour of the water itself
	calm    float32                   // 1 is a mirror
	glowing func(x, y float32) rgb    // light between sky and land; nil is none
	over    func(x, y int, c rgb) rgb // what is in front of everything; nil is nothing
}

func newView(f *frame, s sky) *view {
	v := &view{f: f, sky: s, water: float32(f.h) + 1}
	seed := f.seed + 301
	v.haze = newField(f, func(x, y float32) float32 {
		return fbm(x/f.unit*2.2, y/f.unit*7, 4, seed)
	})
	return v
}

func (v *view) at(x, y int) rgb {
	c := v.scenery(x, y)
	if v.over != nil {
		c = v.over(x, y, c)
	}
	return c
}

func (v *view) scenery(x, y int) rgb {
	if fy := float32(y); fy >= v.water {
		return v.mirror(float32(x), fy)
	}
	return v.above(x, y)
}

// above is what stands over the water: the nearest layer that reaches the pixel, its
// silhouette softened over one pixel.
func (v *view) above(x, y int) rgb {
	fy := float32(y)
	var rest float32 = 1
	var c rgb
	for _, l := range v.layers {
		cover := cover(l.top, x, fy)
		if cover <= 0 {
			continue
		}
		c = c.plus(l.color(x, y, v.haze.at(float32(x), fy)).times(rest * cover))
		rest *= 1 - cover
		if rest < 0.004 {
			return c
		}
	}
	return c.plus(v.behind(float32(x), fy).times(rest))
}

// cover is how much of a pixel lies below a silhouette. Steep ones, such as trees,
// need a look at the columns beside.
func cover(top []float32, x int, y float32) float32 {
	a, b, c := top[max(x-1, 0)], top[x], top[min(x+1, len(top)-1)]
	if y > max(a, b, c)+0.5 {
		return 1
	}
	if y < min(a, b, c)-0.5 {
		return 0
	}
	return 0.2 * (clamp(y-mix(b, a, 0.66)+0.5) + clamp(y-mix(b, a, 0.33)+0.5) +
		clamp(y-b+0.5) + clamp(y-mix(b, c, 0.33)+0.5) + clamp(y-mix(b, c, 0.66)+0.5))
}

func (v *view) behind(x, y float32) rgb {
	c := v.sky.at(x, y)
	if v.glowing != nil {
		c = c.plus(v.glowing(x, y))
	}
	return c
}

// mirror is the water: what stands above it upside down, drawn out by ripples that
// are larger the nearer they are.
func (v *view) mirror(x, y float32) rgb {
	depth := (y - v.water) / (float32(v.f.h) - v.water + 1) // 0 at the shore
	z := 1 / (0.06 + depth)                                 // far away is large
	wave := noise(x/v.f.unit*14*z*0.25+5, depth*60*z*0.35, v.f.seed+9) - 0.5
	fine := noise(x/v.f.unit*22*min(z, 6), depth*260, v.f.seed+10) - 0.5
	rough := (1 - v.calm) * v.f.unit
	sx := x + (wave*0.035+fine*0.006)*rough*(0.12+depth)
	sy := 2*v.water - y - (wave*0.2+fine*0.12)*rough*(0.12+depth)
	sx = min(max(sx, 0), float32(v.f.w-1))
	sy = min(max(sy, 0), v.water-1)
	c := v.above(int(sx), int(sy))
	c = c.mix(v.deep, 0.18+0.4*depth)
	shore := exp(-depth * 90)
	return c.plus(v.sky.light.mist.times(0.10 * shore)).times(1 + 0.10*wave*(1-v.calm))
}

// ridge is a silhouette of mountains. base is the height of their foot and rise of
// their tops, as shares of the frame's height; wide is how many there are to a unit.
func ridge(f *frame, base, rise, wide, rough float32, seed uint32) []float32 {
	top := make([]float32, f.w)
	shift := f.between(0, 100)
	for x := range top {
		u := float32(x)/f.unit*wide + shift
		n := 0.65*crag(u, 7, rough, seed) + 0.35*fbm1(u*0.6, 3, 0.5, seed+3)
		top[x] = (base - rise*(n-0.35)) * float32(f.h)
	}
	return top
}

// hills is a soft silhouette.
func hills(f *frame, base, rise, wide float32, seed uint32) []float32 {
	top := make([]float32, f.w)
	shift := f.between(0, 100)
	for x := range top {
		n := fbm1(float32(x)/f.unit*wide+shift, 4, 0.35, seed)
		top[x] = (base - rise*(n-0.5)) * float32(f.h)
	}
	return top
}

// conifers grow on a silhouette. tall is the height of a tree in pixels, every how
// many pixels one stands on average.
func conifers(f *frame, ground []float32, tall, every float32) []float32 {
	top := append([]float32(nil), ground...)
	shift := f.between(0, 90)
	for x := -tall; x < float32(f.w)+tall; x += every * f.between(0.35, 1.65) {
		// They stand in groups, with clearings between.
		group := fbm1(x/tall*0.35+shift, 2, 0.5, f.seed)
		height := tall * f.between(0.5, 1.1) * mix(0.35, 1.2, step(0.25, 0.7, group))
		conifer(top, ground, x, height, f.between(0.15, 0.2), f.seed)
	}
	return top
}

// conifer raises the silhouette by one tree: a cone whose edge steps out with each
// row of branches.
func conifer(top, ground []float32, x, tall, slim float32, seed uint32) {
	root := ground[min(max(int(x), 0), len(ground)-1)]
	half := tall * slim
	for i := max(int(x-half), 0); i <= min(int(x+half), len(top)-1); i++ {
		away := abs(float32(i)-x) / half
		if away > 1 {
			continue
		}
		// Slim above and wide below, in steps that lean with each row of branches.
		h := pow(1-away, 1.35)
		_, within := floor(h * 8)
		jag := 0.085 * (within - 0.65) * (1.1 - h)
		ragged := 0.07 * (chance(int32(i), int32(x), seed) - 0.5)
		top[i] = min(top[i], root-tall*(h+jag+ragged*(1-h))+0.03*tall)
	}
}

// reliefOf makes slopes from noise, lit from the side: 0.5 is even.
func reliefOf(f *frame, fold, side float32, seed uint32) *field {
	height := func(u, v float32) float32 {
		w := noise(u*0.6, v*0.6, seed+1) - 0.5
		u, v = u+1.1*w, v*0.78-0.8*w
		return abs(2*noise(u, v, seed)-1) + 0.5*abs(2*noise(2.1*u+v, 2*v-0.6*u, seed+2)-1) + 0.28*abs(2*noise(4.3*u, 4.1*v+2*u, seed+3)-1) + 0.15*noise(9.7*u+3*v, 9.1*v, seed+4)
	}
	return newField(f, func(x, y float32) float32 {
		u, v := x/f.unit*fold, y/f.unit*fold
		return clamp(0.5 + 2.1*(height(u+0.09*side, v-0.05)-height(u, v)))
	})
}

// faces is how far each column of a silhouette faces a light on one side: 1 for a
// light on the left.
func faces(f *frame, top []float32, side float32) []float32 {
	reach := max(int(0.012*f.unit), 1)
	facing := make([]float32, len(top))
	for x := range facing {
		a, b := max(x-reach, 0), min(x+reach, len(top)-1)
		facing[x] = min(max(side*(top[a]-top[b])/float32(b-a)*1.2, -1), 1)
	}
	return facing
}
