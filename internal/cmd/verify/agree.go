package main

import (
	"bufio"
	"errors"
	"fmt"
	"strings"

	"volcimage/internal/catalog"
)

// agree says what the run will cost and asks.
func agree(set settings, con console) error {
	con.printf("\nThis draws one picture with each of %d models at %s: %s.\n", len(set.models), set.client.Endpoint, cost(set.models))
	if set.yes {
		return nil
	}
	if !con.Terminal {
		return errors.New("there is no terminal to ask on; -yes draws without asking")
	}
	con.printf("Go on? [y/N] ")
	answer, _ := bufio.NewReader(con.In).ReadString('\n') // an end without an answer is a no
	if a := strings.ToLower(strings.TrimSpace(answer)); a != "y" && a != "yes" {
		return errors.New("not agreed; nothing was drawn")
	}
	return nil
}

// cost is what the catalog thinks a picture of each model costs.
func cost(models []catalog.Model) string {
	var micro int64
	unknown := 0
	for _, m := range models {
		micro += m.PriceMicroCNY
		if m.PriceMicroCNY == 0 {
			unknown++
		}
	}
	s := fmt.Sprintf("about %.2f CNY by the catalog's prices", float64(micro)/1e6)
	if unknown > 0 {
		s += fmt.Sprintf(", and the price of %d that nobody told", unknown)
	}
	return s
}
