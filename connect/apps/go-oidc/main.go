// A web application with go-oidc and golang.org/x/oauth2, as the example "userinfo" of go-oidc has it, with PKCE.
package main

import (
	"context"
	"encoding/json"
	"log"
	"net/http"
	"net/url"
	"os"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

type person struct {
	Email string   `json:"email,omitempty"`
	Roles []string `json:"roles,omitempty"`
}

type session struct {
	state, nonce, verifier string
	person                 person
	idToken                string
	token                  *oauth2.Token
}

var (
	mutex    sync.Mutex
	sessions = map[string]*session{}
)

// of finds the session of the browser, or begins one.
func of(w http.ResponseWriter, r *http.Request) *session {
	mutex.Lock()
	defer mutex.Unlock()
	if cookie, err := r.Cookie("session"); err == nil && sessions[cookie.Value] != nil {
		return sessions[cookie.Value]
	}
	id := oauth2.GenerateVerifier()
	sessions[id] = &session{}
	http.SetCookie(w, &http.Cookie{Name: "session", Value: id, Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode})
	return sessions[id]
}

func answer(w http.ResponseWriter, body any) {
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(body)
}

func main() {
	ctx := context.Background()
	address := os.Getenv("URL")
	provider, err := oidc.NewProvider(ctx, os.Getenv("ISSUER"))
	if err != nil {
		log.Fatal(err)
	}
	verifier := provider.Verifier(&oidc.Config{ClientID: os.Getenv("CLIENT_ID")})
	config := oauth2.Config{
		ClientID:     os.Getenv("CLIENT_ID"),
		ClientSecret: os.Getenv("CLIENT_SECRET"),
		Endpoint:     provider.Endpoint(),
		RedirectURL:  address + "/callback",
		Scopes:       []string{oidc.ScopeOpenID, "profile", "email", "roles", oidc.ScopeOfflineAccess},
	}

	http.HandleFunc("/{$}", func(w http.ResponseWriter, r *http.Request) { answer(w, of(w, r).person) })

	http.HandleFunc("/login", func(w http.ResponseWriter, r *http.Request) {
		s := of(w, r)
		s.state, s.nonce, s.verifier = oauth2.GenerateVerifier(), oauth2.GenerateVerifier(), oauth2.GenerateVerifier()
		to := config.AuthCodeURL(s.state, oidc.Nonce(s.nonce), oauth2.S256ChallengeOption(s.verifier))
		http.Redirect(w, r, to, http.StatusFound)
	})

	http.HandleFunc("/callback", func(w http.ResponseWriter, r *http.Request) {
		s := of(w, r)
		if s.state == "" || r.FormValue("state") != s.state {
			http.Error(w, "state did not match", http.StatusBadRequest)
			return
		}
		token, err := config.Exchange(ctx, r.FormValue("code"), oauth2.VerifierOption(s.verifier))
		if err != nil {
			http.Error(w, "Failed to exchange token: "+err.Error(), http.StatusInternalServerError)
			return
		}
		raw, _ := token.Extra("id_token").(string)
		idToken, err := verifier.Verify(ctx, raw)
		if err != nil || idToken.Nonce != s.nonce {
			http.Error(w, "Failed to verify ID Token", http.StatusInternalServerError)
			return
		}
		info, err := provider.UserInfo(ctx, oauth2.StaticTokenSource(token))
		if err != nil || info.Claims(&s.person) != nil {
			http.Error(w, "Failed to get userinfo", http.StatusInternalServerError)
			return
		}
		s.token, s.idToken = token, raw
		http.Redirect(w, r, "/", http.StatusFound)
	})

	http.HandleFunc("/refresh", func(w http.ResponseWriter, r *http.Request) {
		s := of(w, r)
		before := s.token.AccessToken
		s.token.Expiry = time.Now().Add(-time.Minute)
		token, err := config.TokenSource(ctx, s.token).Token()
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		s.token = token
		answer(w, map[string]string{"before": before, "after": token.AccessToken})
	})

	http.HandleFunc("/logout", func(w http.ResponseWriter, r *http.Request) {
		s := of(w, r)
		var discovered struct {
			EndSession string `json:"end_session_endpoint"`
		}
		if err := provider.Claims(&discovered); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		parameters := url.Values{"id_token_hint": {s.idToken}, "post_logout_redirect_uri": {address + "/"}}
		*s = session{}
		http.Redirect(w, r, discovered.EndSession+"?"+parameters.Encode(), http.StatusFound)
	})

	log.Fatal(http.ListenAndServe("localhost:"+os.Getenv("PORT"), nil))
}
