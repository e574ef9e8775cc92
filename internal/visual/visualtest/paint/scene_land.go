package paint

// drawMountains is ranges of mountains in mist, one behind the other.
func drawMountains(f *frame, b brief) scene {
	l := b.light
	s := newSky(f, l, 0.66)
	s.cloudy(f.between(0.2, 0.55))
	v := newView(f, s)
	ground := float32(0.98)
	if b.water {
		ground = 0.74
	}
	ranges(v, b, ground, 6)
	if b.water {
		v.water, v.calm, v.deep = ground*float32(f.h), 0.55, l.near.mix(l.sky[1], 0.35)
	}
	if b.snow {
		v.over = snowfall(f, 0.5)
	}
	return v
}

// ranges adds n ranges, the farthest first, down to the ground (a share of height).
func ranges(v *view, b brief, ground float32, n int) {
	f, l := v.f, b.light
	skyline := ground - 0.36
	side := float32(1)
	if v.sky.sunX > float32(f.w)/2 {
		side = -1
	}
	relief := reliefOf(f, 11, side, f.seed+57)
	low := min(1, f.unit/float32(f.h)*1.1) // in an upright frame mountains keep their slopes
	for i := range n {
		t := float32(i) / float32(n-1)
		base := mix(skyline+0.04, ground-0.02, pow(t, 1.15))
		rise := mix(0.34, 0.16, t) * low
		lay := &layer{
			top:   ridge(f, base, rise, mix(1.5, 2.3, t), mix(0.45, 0.52, t), f.seed+uint32(i)*31),
			crest: blend(l.far, l.near, pow(t, 0.8)), foot: l.mist, depth: mix(0.17, 0.24, t) * float32(f.h),
			mist: mix(0.85, 0.62, t), steep: mix(0.4, 0.9, t), relief: relief, shift: f.between(0, 0.25) * float32(f.h),
		}
		if i == 1 {
			massif(f, lay.top, 0.2*low)
			lay.depth = 0.34 * float32(f.h)
		}
		lay.facing = faces(f, lay.top, side)
		if i < 2 && !l.night || b.snow && i < 4 {
			lay.snow = &snow{
				lit: blend(l.sun, l.far, 0.18+0.3*(1-t)), shade: blend(l.far, l.sky[1], 0.45),
				line: mix(0.15, 0.03, t) * float32(f.h), seed: f.seed + uint32(i), unit: f.unit,
			}
		}
		if i == n-1 {
			lay.ground = lay.top
			lay.top = conifers(f, lay.top, 0.065*f.unit, 0.011*f.unit)
			lay.relief, lay.snow, lay.mist = nil, nil, 0.5
		}
		v.layers = append([]*layer{lay}, v.layers...)
	}
}

// massif lifts the middle of a range to a summit, a share of the frame's height.
func massif(f *frame, top []float32, lift float32) {
	at := f.between(0.25, 0.75)
	for x := range top {
		u := (float32(x)/float32(f.w) - at) * float32(f.w) / f.unit
		top[x] -= lift * float32(f.h) * (0.75*exp(-u*u/0.035) + 0.25*exp(-u*u/0.004))
	}
}

// snowfall is flakes in three distances, in front of everything.
func snowfall(f *frame, amount float32) func(x, y int, c rgb) rgb {
	flakes := &stars{f: f}
	flakes.tint = newRamp(hex(0xffffff), hex(0xf4f8ff), hex(0xffffff))
	return func(x, y int, c rgb) rgb {
		fx, fy := float32(x), float32(y)
		a := flakes.sized(fx, fy, 0.03, 0.0016, 0.5, 0.6, 201).
			plus(flakes.sized(fx+0.3*fy, fy, 0.06, 0.003, 0.5, 0.7, 202)).
			plus(flakes.sized(fx+0.2*fy, fy, 0.16, 0.007, 0.4, 0.45, 203))
		return c.mix(rgb{0.95, 0.96, 1}, clamp(a.g*amount*2))
	}
}

// drawForest is rows of conifers that fade into mist, with light falling through.
func drawForest(f *frame, b brief) scene {
	l := b.light
	s := newSky(f, l, 0.8)
	s.sunR, s.glow = 0, s.glow*1.7
	s.sunY = f.between(0.08, 0.3) * float32(f.h)
	v := newView(f, s)
	const rows = 7
	for i := range rows {
		t := float32(i) / (rows - 1)
		base := mix(0.46, 1.02, pow(t, 1.1))
		tall := mix(0.05, 0.36, pow(t, 1.5)) * f.unit
		ground := hills(f, base, mix(0.16, 0.06, t), mix(1.4, 0.8, t), f.seed+uint32(i)*13)
		v.layers = append([]*layer{{
			top: conifers(f, ground, tall, tall*mix(0.12, 0.22, t)), crest: blend(l.far, l.near, pow(t, 0.75)),
			ground: raised(ground, 0.7*tall), foot: l.mist, depth: tall * mix(1.8, 1.5, t), mist: mix(0.95, 0.3, t*t),
		}}, v.layers...)
	}
	v.over = beams(f, s)
	if b.snow {
		flakes, light := snowfall(f, 0.55), v.over
		v.over = func(x, y int, c rgb) rgb { return flakes(x, y, light(x, y, c)) }
	}
	return v
}

// raised is a silhouette lifted by some pixels.
func raised(top []float32, by float32) []float32 {
	up := make([]float32, len(top))
	for x, y := range top {
		up[x] = y - by
	}
	return up
}

// beams are shafts of light from the sun, seen in the mist.
func beams(f *frame, s sky) func(x, y int, c rgb) rgb {
	seed := f.seed + 404
	shaft := newField(f, func(x, y float32) float32 {
		// They meet far above the frame, so that they fall nearly side by side.
		dx, dy := (x-s.sunX)/f.unit, (y-s.sunY)/f.unit
		n := fbm1(dx/(dy+1.1)*9+9, 4, 0.6, seed)
		return step(0.4, 0.85, n) * exp(-dx*dx*5) * exp(-max(dy, 0)*1.8)
	})
	tint := s.light.sun.mix(s.light.mist, 0.4)
	return func(x, y int, c rgb) rgb {
		return c.plus(tint.times(0.5 * s.glow * shaft.at(float32(x), float32(y))))
	}
}

// drawNight is the Milky Way over hills, sometimes over a lake.
func drawNight(f *frame, b brief) scene {
	l := night()
	if f.IntN(3) == 0 {
		l = violetNight()
	}
	l = l.varied(f)
	s := newSky(f, l, 0.86)
	s.sunR, s.glow = 0, 0
	s.stars.milkyWay()
	v := newView(f, s)
	glow, tint := 0.86*float32(f.h), hex(0xffb070)
	v.glowing = func(_, y float32) rgb {
		d := (glow - y) / f.unit
		return tint.times(0.055 * exp(-d*d*60))
	}
	ground := float32(0.97)
	if b.water {
		ground = 0.78
		v.water, v.calm, v.deep = ground*float32(f.h), 0.75, l.near.mix(l.sky[1], 0.3)
	}
	for i := range 3 {
		t := float32(i) / 2
		top := ridge(f, mix(ground-0.08, ground-0.01, t), mix(0.16, 0.07, t), 1.6+t, 0.42, f.seed+uint32(i)*19)
		if i == 2 {
			top = conifers(f, top, 0.075*f.unit, 0.013*f.unit)
		}
		v.layers = append([]*layer{{
			top: top, crest: blend(l.far, l.near, 0.35+0.65*t), foot: l.mist,
			depth: 0.16 * float32(f.h), mist: mix(0.45, 0.05, t),
		}}, v.layers...)
	}
	return v
}

// drawAurora is curtains of northern light over snowy mountains and a lake.
func drawAurora(f *frame, b brief) scene {
	l := night().varied(f)
	s := newSky(f, l, 0.72)
	s.sunR, s.glow = 0, 0
	s.stars.rich = 0.8
	v := newView(f, s)
	v.glowing = curtains(f)
	b.light, b.snow = l, true
	b.light.sun, b.light.far = hex(0x9fc9c4), hex(0x22405c)
	ground := float32(0.74)
	ranges(v, b, ground, 4)
	v.water, v.calm, v.deep = ground*float32(f.h), 0.6, hex(0x041018)
	return v
}

// curtains are three folded bands whose rays reach up, green below and violet above.
func curtains(f *frame) func(x, y float32) rgb {
	const bands = 3
	type fold struct {
		edge, ray []float32
		tall      float32
	}
	var folds [bands]fold
	for k := range folds {
		seed := f.seed + uint32(k)*911
		base := mix(0.24, 0.48, float32(k)/(bands-1)) + f.between(-0.05, 0.05)
		lean, shift := f.between(-0.22, 0.22), f.between(0, 50)
		fo := fold{edge: make([]float32, f.w), ray: make([]float32, f.w), tall: f.between(0.15, 0.26) * float32(f.h)}
		for x := range f.w {
			u := float32(x) / f.unit
			fo.edge[x] = (base + lean*(u-0.5) + 0.30*(fbm1(u*1.7+shift, 4, 0.45, seed)-0.5)) * float32(f.h)
			long := step(0.25, 0.75, fbm1(u*1.3+shift, 2, 0.5, seed+7))
			ray := fbm1(u*34+shift, 3, 0.55, seed+2) * fbm1(u*9, 2, 0.5, seed+4) * 4
			fo.ray[x] = (0.15 + 0.85*long) * (0.25 + 0.75*ray)
		}
		folds[k] = fo
	}
	tint := newRamp(hex(0xb8ffd0), hex(0x3df08a), hex(0x17c08a), hex(0x2f7fb8), hex(0x7d4fc0), hex(0x9a3f9a))
	return func(x, y float32) rgb {
		var c rgb
		i := min(int(x), f.w-1)
		for k := range folds {
			fo := &folds[k]
			up := (fo.edge[i] - y) / fo.tall
			if up < -0.12 || up > 3 {
				continue
			}
			shape := exp(-up*1.9) * step(-0.12, 0.1, up)
			c = c.plus(tint.at(up * 0.75).times(0.72 * shape * fo.ray[i]))
		}
		return c
	}
}
