// The S3 server that the tests of the AWS side talk to. It is a module of its
// own, because nothing of it belongs to the service.
package main

import (
	"context"
	"flag"
	"log"
	"os"
	"os/signal"
	"syscall"

	"github.com/versity/versitygw/backend/meta"
	"github.com/versity/versitygw/backend/posix"
	"github.com/versity/versitygw/embedgw"
)

func main() {
	addr := flag.String("addr", "127.0.0.1:7070", "where to listen")
	dir := flag.String("dir", "", "an empty folder for the objects; its file system must have extended attributes")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := serve(ctx, *addr, *dir); err != nil && ctx.Err() == nil {
		log.Fatal(err)
	}
}

func serve(ctx context.Context, addr, dir string) error {
	objects, err := posix.New(dir, meta.XattrMeta{}, posix.PosixOpts{})
	if err != nil {
		return err
	}
	return embedgw.RunVersityGW(ctx, objects, &embedgw.Config{
		RootUserAccess: os.Getenv("AWS_ACCESS_KEY_ID"),
		RootUserSecret: os.Getenv("AWS_SECRET_ACCESS_KEY"),
		Region:         os.Getenv("AWS_REGION"),
		Ports:          []string{addr},
		Quiet:          true, KeepAlive: true,
		MaxConnections: 1000, MaxRequests: 500, MultipartMaxParts: 10000,
	})
}
