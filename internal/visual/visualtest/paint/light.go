package paint

// light is an hour of the day: what colour the sky has, and what is under it.
type light struct {
	sky       []rgb // from the top to the horizon
	sun       rgb   // of the disk and what it lights
	far, near rgb   // of the land: at the horizon, and close by
	mist      rgb
	night     bool
	high      float32 // of the sun above the horizon, as a share of the sky
}

func newLight(sky [4]uint32, sun, far, near, mist uint32, high float32) light {
	l := light{sun: hex(sun), far: hex(far), near: hex(near), mist: hex(mist), high: high}
	for _, c := range sky {
		l.sky = append(l.sky, hex(c))
	}
	return l
}

func dawn() light {
	return newLight([4]uint32{0x35507f, 0x8d8bb0, 0xe9b3a2, 0xffdfb0}, 0xfff0cf, 0xb9a0ae, 0x1d2340, 0xf3cbb4, 0.12)
}

func sunset() light {
	return newLight([4]uint32{0x1e2a57, 0x74436f, 0xdb6a56, 0xffc069}, 0xffe2a0, 0xb2626a, 0x170f26, 0xf0936a, 0.14)
}

func rose() light {
	return newLight([4]uint32{0x4a5a94, 0xa487b5, 0xeab0b8, 0xffe6cf}, 0xfff3e0, 0xc3a0b8, 0x2b2748, 0xf6cfc9, 0.24)
}

func day() light {
	return newLight([4]uint32{0x2a6cb0, 0x6aa9dc, 0xb3d8ee, 0xeaf4f2}, 0xfffbe8, 0x9dbfd4, 0x17403d, 0xd9ebf0, 0.55)
}

func jade() light {
	return newLight([4]uint32{0x2f6170, 0x6f9f9f, 0xb4d0bd, 0xf1f0d2}, 0xfff8dc, 0x9dbcae, 0x0d2a2b, 0xdbe6cf, 0.36)
}

func gold() light {
	return newLight([4]uint32{0x6d6a78, 0xb99a78, 0xecc587, 0xfff0c0}, 0xfff4cf, 0xcba878, 0x2a1d16, 0xf6dda6, 0.3)
}

func dusk() light {
	return newLight([4]uint32{0x121538, 0x39336e, 0x8f5590, 0xf5a78d}, 0xffc9a0, 0x6c5286, 0x0c0b20, 0xb2708f, 0.06)
}

func winter() light {
	return newLight([4]uint32{0x5a80ab, 0x94b3d2, 0xcfdce8, 0xfdf1e2}, 0xfff7e6, 0xa9bfd6, 0x23394f, 0xe6ebf0, 0.3)
}

func night() light {
	l := newLight([4]uint32{0x040716, 0x0a1634, 0x163158, 0x3c6688}, 0xe9f0ff, 0x1f3a5c, 0x03060d, 0x35597c, 0.5)
	l.night = true
	return l
}

func violetNight() light {
	l := newLight([4]uint32{0x06051a, 0x150f3c, 0x38245f, 0x8a4f7d}, 0xfff0ea, 0x33264f, 0x050310, 0x6b4474, 0.5)
	l.night = true
	return l
}

// varied shifts the hour a little, so that no two mornings are alike.
func (l light) varied(f *frame) light {
	hue := float64(f.between(-0.16, 0.16))
	sky := make([]rgb, len(l.sky))
	for i, c := range l.sky {
		sky[i] = turn(c, hue)
	}
	l.sky = sky
	l.far, l.near, l.mist = turn(l.far, hue), turn(l.near, hue), turn(l.mist, hue)
	return l
}
