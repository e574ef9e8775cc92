package paint

// ink is a landscape in Chinese ink: ranges that begin in a dark line and end in
// bare paper.
type ink struct {
	f      *frame
	paper  rgb
	fibre  *field
	wash   *field
	layers []inkLayer // the nearest first
	sunX   float32
	sunY   float32
	sunR   float32
	birds  [][3]float32
	boat   *boat
}

type inkLayer struct {
	top    []float32
	ground []float32 // what the wash runs down from
	color  rgb
	dark   float32
	depth  float32
}

func drawInk(f *frame, b brief) scene {
	k := &ink{f: f, paper: hex(0xf1e9d8)}
	seed := f.seed
	k.fibre = newField(f, func(x, y float32) float32 {
		return 0.6*fbm(x/f.unit*40, y/f.unit*160, 3, seed) + 0.4*fbm(x/f.unit*5, y/f.unit*5, 4, seed+1)
	})
	k.wash = newField(f, func(x, y float32) float32 {
		w := fbm(x/f.unit*3, y/f.unit*3, 3, seed+2)
		return fbm(x/f.unit*9+w*3, y/f.unit*6+w*2, 6, seed+3)
	})
	tone := blend(hex(0x1d2429), b.light.near, 0.25)
	const ranges = 5
	for i := range ranges {
		t := float32(i) / (ranges - 1)
		top := ridge(f, mix(0.42, 0.86, t), mix(0.36, 0.30, t)*min(1, f.unit/float32(f.h)*1.1), mix(1.7, 1.9, t), 0.46, f.seed+uint32(i)*23)
		ground := top
		if i == ranges-1 {
			top = conifers(f, top, 0.07*f.unit, 0.03*f.unit)
		}
		k.layers = append([]inkLayer{{
			top: top, ground: ground, color: blend(hex(0x8fa0a6), tone, t), dark: mix(0.5, 1.15, t), depth: mix(0.2, 0.42, t) * float32(f.h),
		}}, k.layers...)
	}
	k.sunX, k.sunY, k.sunR = f.between(0.25, 0.75)*float32(f.w), f.between(0.13, 0.22)*float32(f.h), 0.055*f.unit
	k.boat = &boat{x: f.between(0.25, 0.75) * float32(f.w), y: 0.93 * float32(f.h), size: 0.03 * f.unit, hull: tone, sail: tone}
	bx, by := f.between(0.3, 0.7)*float32(f.w), f.between(0.2, 0.3)*float32(f.h)
	for range 6 {
		k.birds = append(k.birds, [3]float32{bx + f.between(-0.1, 0.1)*f.unit, by + f.between(-0.04, 0.04)*f.unit, f.between(0.006, 0.011) * f.unit})
	}
	return k
}

func (k *ink) at(x, y int) rgb {
	fx, fy := float32(x), float32(y)
	w := k.wash.at(fx, fy)
	c := k.paper.times(0.94 + 0.10*k.fibre.at(fx, fy))
	c = k.sun(c, fx, fy, w)
	for _, b := range k.birds {
		c = bird(c, fx, fy, b)
	}
	// From far to near: ink is transparent.
	for i := len(k.layers) - 1; i >= 0; i-- {
		l := &k.layers[i]
		d := fy - l.top[x] + 6*(w-0.5)
		if d < -0.5 {
			continue
		}
		edge := clamp(d + 0.5)
		fade := exp(-max(fy-l.ground[x], 0) / l.depth * (1.6 + 2*w))
		line := 0.35 * exp(-d/(0.008*k.f.unit))
		density := clamp(l.dark*(fade*(0.45+0.75*w)+line)) * edge
		// What lies behind is veiled by the mist at this range's foot.
		c = c.mix(k.paper, 0.55*edge*(1-fade))
		c = c.mix(l.color, density)
	}
	return k.boat.over(fx, fy, c)
}

func (k *ink) sun(c rgb, x, y, w float32) rgb {
	dx, dy := x-k.sunX, y-k.sunY
	d := sqrt(dx*dx+dy*dy) + (w-0.5)*0.012*k.f.unit
	return c.mix(rgb{0.55, 0.035, 0.02}, step(k.sunR*1.03, k.sunR*0.95, d)*(0.7+0.35*w))
}

// bird is two arcs.
func bird(c rgb, x, y float32, b [3]float32) rgb {
	u, v := (x-b[0])/b[2], (y-b[1])/b[2]
	if abs(u) > 1 || abs(v) > 1 {
		return c
	}
	a := abs(u)
	wing := 0.55*a*a - 0.5*a
	return c.mix(rgb{0.03, 0.035, 0.04}, 0.85*step(0.2*(1.1-a)+1/b[2], 0, abs(v-wing)))
}

// silk is folds of colour: noise bent by noise, lit like cloth.
type silk struct {
	f      *frame
	height *field
	hue    *field
	tint   *ramp
}

func drawSilk(f *frame, b brief) scene {
	l := b.light
	k := &silk{f: f, tint: newRamp(l.near, l.sky[0], l.sky[1], l.sky[2], l.sky[3], l.sun, l.sky[2], l.sky[1])}
	seed := f.seed
	angle := f.between(0, 3.1)
	ca, sa := cos(angle), sin(angle)
	bend := func(x, y float32) (float32, float32) {
		u, v := x/f.unit, y/f.unit
		u, v = u*ca-v*sa, u*sa+v*ca
		a, c := fbm(u*1.1, v*1.1, 3, seed), fbm(u*1.1+5, v*1.1+9, 3, seed+1)
		return u + 1.5*(a-0.5), v + 1.5*(c-0.5)
	}
	k.height = newField(f, func(x, y float32) float32 {
		u, v := bend(x, y)
		return fbm(u*1.6, v*2.6, 3, seed+2) + 0.10*sin(v*26+6*fbm(u*2, v*2, 2, seed+4))
	})
	k.hue = newField(f, func(x, y float32) float32 {
		u, v := bend(x, y)
		return fbm(u*1.2+3, v*1.5, 3, seed+3)
	})
	return k
}

func (k *silk) at(x, y int) rgb {
	fx, fy := float32(x), float32(y)
	e := 0.006 * k.f.unit
	h := k.height.at(fx, fy)
	dx, dy := (k.height.at(fx+e, fy)-h)*60, (k.height.at(fx, fy+e)-h)*60
	n := 1 / sqrt(1+dx*dx+dy*dy)
	lit := clamp((0.5 - 0.45*dx - 0.6*dy) * n)
	shine := pow(clamp((0.75-0.55*dx-0.6*dy)*n), 18)
	c := k.tint.at(clamp(1.9*k.hue.at(fx, fy) - 0.5 + 0.12*lit))
	return c.times(0.35 + 1.05*lit).plus(rgb{1, 0.97, 0.92}.times(0.22 * shine))
}
