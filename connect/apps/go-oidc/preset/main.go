// A web application of a single person, around the code that Gatehouse prints.
package main

import (
	"context"
	"encoding/json"
	"log"
	"net/http"
	"os"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

func main() {
	ctx := context.Background()
	var state, kept string
	var known any = struct{}{}

	// Paste: When the application starts

	http.HandleFunc("/{$}", func(w http.ResponseWriter, r *http.Request) { json.NewEncoder(w).Encode(known) })

	http.HandleFunc("/login", func(w http.ResponseWriter, r *http.Request) {
		state = oauth2.GenerateVerifier()
		// Paste: To sign in
		kept = verifier
	})

	http.HandleFunc("/callback", func(w http.ResponseWriter, r *http.Request) {
		verifier := kept
		if r.FormValue("state") != state {
			http.Error(w, "state did not match", http.StatusBadRequest)
			return
		}
		// Paste: At the callback
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		known = person
		http.Redirect(w, r, "/", http.StatusFound)
	})

	log.Fatal(http.ListenAndServe("localhost:"+os.Getenv("PORT"), nil))
}
