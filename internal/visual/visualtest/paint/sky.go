package paint

// sky is all that is behind the land.
type sky struct {
	f       *frame
	light   light
	ramp    *ramp
	horizon float32 // pixels from the top
	sunX    float32
	sunY    float32
	sunR    float32 // of the disk; 0 hides it
	glow    float32
	clouds  *field // how dense; nil is a clear sky
	cover   float32
	stars   *stars // nil by day
}

// newSky is a sky that ends at the horizon, a share of the height. The sun stands
// somewhere in the middle half.
func newSky(f *frame, l light, horizon float32) sky {
	s := sky{f: f, light: l, ramp: newRamp(l.sky...), horizon: horizon * float32(f.h), glow: 1}
	s.sunX = f.between(0.25, 0.75) * float32(f.w)
	s.sunY = s.horizon * (1 - l.high*f.between(0.75, 1.25))
	s.sunR = f.between(0.024, 0.038) * f.unit
	if l.night {
		s.stars = newStars(f)
		s.glow = 0.25
	}
	return s
}

// cloudy puts clouds into the sky. cover is from 0, none, to 1, overcast. They are
// long near the horizon and billow above.
func (s *sky) cloudy(cover float32) {
	seed, f := s.f.seed+11, s.f
	s.cover = cover
	s.clouds = newField(f, func(x, y float32) float32 {
		down := clamp(y / s.horizon)
		u, v := x/f.unit*(1.6+0.6*down), y/f.unit*(2.6+5*down*down)
		warp := fbm(u*0.9, v*0.9, 3, seed+5) - 0.5
		d := fbm(u*1.7+1.4*warp, v*1.9+0.9*warp, 6, seed)
		low := 0.62 - 0.34*cover
		return step(low, low+0.3, d)
	})
}

// at is the light of the sky at a pixel.
func (s *sky) at(x, y float32) rgb {
	t := y / s.horizon
	c := s.ramp.at(t)
	dx, dy := (x-s.sunX)/s.f.unit, (y-s.sunY)/s.f.unit
	d2 := dx*dx + dy*dy
	near := 1 / (1 + d2*60)
	if s.stars != nil {
		c = c.plus(s.stars.at(x, y, 1-t))
	}
	if s.glow > 0 {
		halo := 1 / (1 + d2*900)
		c = c.plus(s.light.sun.times(s.glow * (0.24*near*near + 0.5*halo*halo + 0.12*halo)))
	}
	if s.sunR > 0 {
		d := sqrt(d2) * s.f.unit
		c = c.mix(s.light.sun.times(1.6), 0.97*step(s.sunR*1.1, s.sunR*0.92, d))
	}
	if s.clouds != nil {
		c = s.cloud(c, x, y, t, near)
	}
	return c
}

// cloud lays a cloud over the sky's light: bright where the sun is near and at its
// upper edge, the colour of the horizon below.
func (s *sky) cloud(c rgb, x, y, t, near float32) rgb {
	d := s.clouds.at(x, y)
	if d <= 0 {
		return c
	}
	off := 0.02 * s.f.unit
	toSun := off * min(max((s.sunX-x)/(0.15*s.f.unit), -1), 1)
	edge := clamp(d - s.clouds.at(x+toSun, y-off) + 0.35)
	lit := s.ramp.at(min(1, t+0.45)).plus(s.light.sun.times(0.25*near + 0.3*edge*(0.3+near)*s.glow))
	shade := s.ramp.at(t*0.8+0.1).mix(s.light.mist, 0.35).times(0.86)
	return c.mix(shade.mix(lit, edge), d*(0.35+0.5*s.cover))
}

// stars are three sizes of them, and the band of the Milky Way.
type stars struct {
	f     *frame
	band  *field // how bright, from 0
	dust  *field // what the band's dark clouds let through
	tint  *ramp
	rich  float32
	limit float32 // how near to the horizon they are seen, 0 to 1
}

func newStars(f *frame) *stars {
	return &stars{f: f, rich: 1, limit: 0.12, tint: newRamp(hex(0xffd9b0), hex(0xffffff), hex(0xa9c4ff))}
}

// milkyWay lays the band across the sky, at a slope.
func (s *stars) milkyWay() {
	f := s.f
	cx, cy := f.between(0.35, 0.65)*float32(f.w), f.between(0.2, 0.36)*float32(f.h)
	angle := f.between(0.6, 1.1)
	if f.IntN(2) == 0 {
		angle = -angle
	}
	nx, ny := sin(angle), -cos(angle)
	seed := f.seed + 77
	s.band = newField(f, func(x, y float32) float32 {
		u, v := (x-cx)/f.unit, (y-cy)/f.unit
		across := u*nx + v*ny + 0.10*(fbm(u*2, v*2, 3, seed)-0.5)
		along := u*ny - v*nx
		core := exp(-along * along * 1.6)
		wide := exp(-across * across / 0.030)
		slim := exp(-across * across / 0.006)
		cloud := fbm(u*5, v*5, 6, seed+3)
		return (0.5*wide*(0.25+1.1*cloud) + 0.9*slim*core*cloud*1.5) * (0.45 + 0.55*core)
	})
	s.dust = newField(f, func(x, y float32) float32 {
		u, v := (x-cx)/f.unit, (y-cy)/f.unit
		across := u*nx + v*ny + 0.10*(fbm(u*2, v*2, 3, seed)-0.5)
		rift := fbm(u*7, v*7, 6, seed+9)
		lane := exp(-(across + 0.012) * (across + 0.012) / 0.0022)
		return max(0, 1-0.62*lane*step(0.3, 0.8, rift)-0.3*step(0.48, 0.8, rift))
	})
}

// at is the stars' light at a pixel; high is how far above the horizon.
func (s *stars) at(x, y, high float32) rgb {
	fade := step(0, s.limit+0.3, high) * s.rich
	if fade <= 0 {
		return rgb{}
	}
	var c rgb
	crowd := float32(0)
	if s.band != nil {
		b, d := s.band.at(x, y), s.dust.at(x, y)
		crowd = b * d
		warm := s.tint.at(0.8 - 0.75*clamp(b*1.3))
		c = warm.times(0.34 * b * d).plus(rgb{0.03, 0.012, 0.03}.times(b * d))
	}
	c = c.plus(s.sized(x, y, 0.006, 0.00055, 0.28+0.6*crowd, 0.55, 1))
	c = c.plus(s.sized(x, y, 0.015, 0.0008, 0.35+0.4*crowd, 1.3, 2))
	c = c.plus(s.sized(x, y, 0.06, 0.0013, 0.22, 4, 3))
	return c.times(fade)
}

// sized is the light of one size of stars: one at most in each square of the sky.
func (s *stars) sized(x, y, square, radius, share, bright float32, salt uint32) rgb {
	side := square * s.f.unit
	i, u := floor(x / side)
	j, v := floor(y / side)
	h := bits(i, j, s.f.seed+salt)
	if float32(h&0xffff) > share*65535 {
		return rgb{}
	}
	r := max(radius*s.f.unit, 0.62)
	room := min(2.6*r/side, 0.45)
	px := mix(room, 1-room, float32(h>>16&0xff)/255)
	py := mix(room, 1-room, float32(h>>24)/255)
	dx, dy := (u-px)*side/r, (v-py)*side/r
	d := dx*dx + dy*dy
	if d > 9 {
		return rgb{}
	}
	k := chance(i, j, s.f.seed+salt+50)
	return s.tint.at(chance(i, j, s.f.seed+salt+90)).times(bright * k * k * k * exp(-d))
}
