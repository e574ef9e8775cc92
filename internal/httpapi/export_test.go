package httpapi

// ClientAddress is who asks.
var ClientAddress = clientAddress

// Patterns are the routes of an API, by its mux's own account.
func Patterns() ([]string, error) {
	s, err := newService(Config{})
	if err != nil {
		return nil, err
	}
	return s.patterns, nil
}
