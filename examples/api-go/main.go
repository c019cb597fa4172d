// A protected API with net/http, which knows nothing of Gatehouse but its published metadata:
//
//	gatehouse resources add https://notes.example.com --name Notes --scope notes:read --scope notes:write
//	ISSUER=https://id.example.com AUDIENCE=https://notes.example.com PORT=4001 go run .
//
// It uses go-oidc, which reads discovery and fetches keys again for an unknown `kid`; jwx leaves both to its user.
package main

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"log"
	"net/http"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
)

var algorithms = []string{oidc.ES256, oidc.RS256, oidc.PS256}

// accessToken has the claims of RFC 9068 that this API reads, and those by which a token can be revoked.
type accessToken struct {
	Subject     string          `json:"sub"`
	ID          string          `json:"jti"`
	GrantID     string          `json:"grant_id"`
	RevocableBy []string        `json:"revocable_by"`
	Scope       string          `json:"scope"`
	Bound       json.RawMessage `json:"cnf"`
}

type api struct {
	issuer, audience string
	revoked          *revokedTokens
}

func main() {
	ctx := oidc.ClientContext(context.Background(), &http.Client{Timeout: 10 * time.Second})
	issuer, audience := os.Getenv("ISSUER"), os.Getenv("AUDIENCE")
	provider, err := oidc.NewProvider(ctx, issuer)
	if err != nil {
		log.Fatal(err)
	}
	revoked, err := newRevokedTokens(issuer, provider)
	if err != nil {
		log.Fatal(err)
	}
	go revoked.follow(ctx)

	a := &api{issuer, audience, revoked}
	http.HandleFunc("GET /notes", a.requires("notes:read", func(w http.ResponseWriter, token accessToken) {
		w.Header().Set("Content-Type", "application/json")
		json.NewEncoder(w).Encode(map[string]string{"subject": token.Subject})
	}))
	log.Fatal(http.ListenAndServe("localhost:"+os.Getenv("PORT"), nil))
}

// requires lets requests through whose access token is valid and has the scope (RFC 6750, section 3).
func (a *api) requires(scope string, next func(http.ResponseWriter, accessToken)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		answer := func(status int, header, value string) {
			w.Header().Set(header, value)
			http.Error(w, http.StatusText(status), status)
		}
		scheme, raw, _ := strings.Cut(r.Header.Get("Authorization"), " ")
		if !strings.EqualFold(scheme, "Bearer") || raw == "" {
			answer(http.StatusUnauthorized, "WWW-Authenticate", "Bearer")
			return
		}
		if !a.revoked.known() {
			answer(http.StatusServiceUnavailable, "Retry-After", "5")
			return
		}
		var token accessToken
		keys, checks := a.revoked.keys.Load(), oidc.Config{ClientID: a.audience, SupportedSigningAlgs: algorithms}
		err := verify(r.Context(), oidc.NewVerifier(a.issuer, keys, &checks), raw, "at+jwt", &token)
		switch {
		// A token with `cnf` needs a DPoP proof (RFC 9449), which this API does not check.
		case err != nil, token.Bound != nil, a.revoked.include(token):
			answer(http.StatusUnauthorized, "WWW-Authenticate", `Bearer error="invalid_token"`)
		case !slices.Contains(strings.Fields(token.Scope), scope):
			challenge := fmt.Sprintf(`Bearer error="insufficient_scope", scope="%s"`, scope)
			answer(http.StatusForbidden, "WWW-Authenticate", challenge)
		default:
			next(w, token)
		}
	}
}

// verify reads the claims of a JWT that Gatehouse signed, if it is of this type.
func verify(ctx context.Context, verifier *oidc.IDTokenVerifier, raw, typ string, claims any) error {
	token, err := verifier.Verify(ctx, raw)
	if err != nil {
		return err
	}
	encoded, _, _ := strings.Cut(raw, ".")
	header, err := base64.RawURLEncoding.DecodeString(encoded)
	if err != nil {
		return err
	}
	var protected struct{ Typ string }
	if err := json.Unmarshal(header, &protected); err != nil {
		return err
	}
	if protected.Typ != typ {
		return fmt.Errorf("this is of the type %q, not %q", protected.Typ, typ)
	}
	return token.Claims(claims)
}
