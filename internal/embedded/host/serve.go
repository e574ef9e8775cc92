package host

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"
)

const (
	readHeaderTimeout = 5 * time.Second
	readTimeout       = 15 * time.Second // most bodies are of 32 KiB at most; API gives a picture more
	// writeTimeout is longer than a function may take; what serves large files
	// moves its own deadline.
	writeTimeout   = apiTimeout + 30*time.Second
	idleTimeout    = 60 * time.Second
	maxHeaderBytes = 16 << 10
	// maxConnections bounds memory and descriptors; see [listener].
	maxConnections = 1000
	// stopTimeout is how long open requests may go on when the service stops.
	stopTimeout = 10 * time.Second
)

// Serve serves handler on ln until ctx ends, then lets open requests finish. It
// closes ln. A stop that was asked for is no error.
func Serve(ctx context.Context, ln net.Listener, handler http.Handler, log *slog.Logger) error {
	server := &http.Server{
		Handler:           attended(handler),
		ConnContext:       withConn,
		ReadHeaderTimeout: readHeaderTimeout,
		ReadTimeout:       readTimeout,
		WriteTimeout:      writeTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeaderBytes,
		// "OPTIONS *" is answered like all that is not there, with the same headers.
		DisableGeneralOptionsHandler: true,
		ErrorLog:                     slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(newListener(ln, maxConnections)) }()
	select {
	case err := <-ended:
		return fmt.Errorf("serve %s: %w", ln.Addr(), err)
	case <-ctx.Done():
	}
	stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTimeout)
	defer cancel()
	err := server.Shutdown(stop)
	if errors.Is(err, context.DeadlineExceeded) {
		log.WarnContext(ctx, "requests cut off at stop", "after", stopTimeout)
		err = server.Close()
	}
	<-ended // http.ErrServerClosed
	if err != nil {
		return fmt.Errorf("stop serving %s: %w", ln.Addr(), err)
	}
	return nil
}
