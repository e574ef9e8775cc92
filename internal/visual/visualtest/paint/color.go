package paint

import "math"

// rgb is linear light; 1 is white, and more is brighter than white.
type rgb struct{ r, g, b float32 }

func (a rgb) plus(b rgb) rgb      { return rgb{a.r + b.r, a.g + b.g, a.b + b.b} }
func (a rgb) times(k float32) rgb { return rgb{a.r * k, a.g * k, a.b * k} }
func (a rgb) mix(b rgb, t float32) rgb {
	return rgb{a.r + (b.r-a.r)*t, a.g + (b.g-a.g)*t, a.b + (b.b-a.b)*t}
}

// hex is a colour as designers write it: 0xRRGGBB in sRGB.
func hex(v uint32) rgb {
	lin := func(c uint32) float32 {
		x := float64(c&0xff) / 255
		if x <= 0.04045 {
			return float32(x / 12.92)
		}
		return float32(math.Pow((x+0.055)/1.055, 2.4))
	}
	return rgb{lin(v >> 16), lin(v >> 8), lin(v)}
}

// The shoulder begins at knee: light above it approaches white without reaching it.
const (
	knee      = 0.72
	maxLight  = 8.
	toneSteps = 1 << 13
)

// tones maps the square root of light, which spends the table's places where eyes
// tell tones apart, to sRGB from 0 to 255.
type tones [toneSteps + 1]float32

func toneTable() *tones {
	var t tones
	for i := range t {
		x := float64(i) / toneSteps
		light := x * x * maxLight
		if light > knee {
			light = knee + (1-knee)*(1-math.Exp(-(light-knee)/(1-knee)))
		}
		v := 12.92 * light
		if light > 0.0031308 {
			v = 1.055*math.Pow(light, 1/2.4) - 0.055
		}
		t[i] = float32(255 * v)
	}
	return &t
}

// srgb is what a screen is sent for some light, from 0 to 255.
func (t *tones) srgb(light float32) float32 {
	if light <= 0 {
		return 0
	}
	if light >= maxLight {
		return t[toneSteps]
	}
	return t[int(sqrt(light*(1/maxLight))*toneSteps)]
}

// lab is a colour in OKLab, where the middle of two colours looks like their middle.
type lab struct{ l, a, b float64 }

func toLab(c rgb) lab {
	r, g, b := float64(c.r), float64(c.g), float64(c.b)
	l := math.Cbrt(0.4122214708*r + 0.5363325363*g + 0.0514459929*b)
	m := math.Cbrt(0.2119034982*r + 0.6806995451*g + 0.1073969566*b)
	s := math.Cbrt(0.0883024619*r + 0.2817188376*g + 0.6299787005*b)
	return lab{
		0.2104542553*l + 0.7936177850*m - 0.0040720468*s,
		1.9779984951*l - 2.4285922050*m + 0.4505937099*s,
		0.0259040371*l + 0.7827717662*m - 0.8086757660*s,
	}
}

func (c lab) rgb() rgb {
	l := c.l + 0.3963377774*c.a + 0.2158037573*c.b
	m := c.l - 0.1055613458*c.a - 0.0638541728*c.b
	s := c.l - 0.0894841775*c.a - 1.2914855480*c.b
	l, m, s = l*l*l, m*m*m, s*s*s
	return rgb{
		float32(max(0, 4.0767416621*l-3.3077115913*m+0.2309699292*s)),
		float32(max(0, -1.2684380046*l+2.6097574011*m-0.3413193965*s)),
		float32(max(0, -0.0041960863*l-0.7034186147*m+1.7076147010*s)),
	}
}

// blend mixes two colours in OKLab.
func blend(a, b rgb, t float32) rgb {
	p, q, k := toLab(a), toLab(b), float64(t)
	return lab{p.l + (q.l-p.l)*k, p.a + (q.a-p.a)*k, p.b + (q.b-p.b)*k}.rgb()
}

// turn moves a colour's hue, by radians.
func turn(c rgb, hue float64) rgb {
	p := toLab(c)
	s, k := math.Sincos(hue)
	return lab{p.l, p.a*k - p.b*s, p.a*s + p.b*k}.rgb()
}

// ramp is a row of colours with smooth passages between.
type ramp [512]rgb

// newRamp spreads the colours evenly.
func newRamp(colors ...rgb) *ramp {
	var r ramp
	for i := range r {
		t := float64(i) / float64(len(r)-1) * float64(len(colors)-1)
		k := min(int(t), len(colors)-2)
		r[i] = blend(colors[k], colors[k+1], float32(t)-float32(k))
	}
	return &r
}

// at is the colour at t from 0 to 1.
func (r *ramp) at(t float32) rgb {
	x := clamp(t) * float32(len(r)-1)
	i := min(int(x), len(r)-2)
	return r[i].mix(r[i+1], x-float32(i))
}
