package main

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"io"
	"log"
	"maps"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
)

const (
	keyBytes, entryBytes = 16, 20
	longestOutage        = 10 * time.Minute // for which an old list is used
)

// revokedTokens is the list of revoked access tokens. Usually it knows of each within a second.
type revokedTokens struct {
	issuer   string
	metadata struct {
		Keys string `json:"jwks_uri"`
		List string `json:"access_token_revocations_uri"`
	}
	keys    atomic.Pointer[oidc.RemoteKeySet]
	renewed time.Time // when the keys were read, and expired entries removed

	mutex    sync.RWMutex      // for what follows
	expiries map[string]uint32 // epoch seconds, by the key as base64url
	asOf     time.Time         // the list was complete at this time
}

func newRevokedTokens(issuer string, provider *oidc.Provider) (*revokedTokens, error) {
	list := &revokedTokens{issuer: issuer, expiries: map[string]uint32{}}
	return list, provider.Claims(&list.metadata)
}

// follow reads the list again and again.
func (l *revokedTokens) follow(ctx context.Context) {
	for position, wait := int64(0), 0; ; {
		next, err := l.read(ctx, position, wait)
		if err == nil {
			position, wait = next, 25
			continue
		}
		log.Println("the list of revoked tokens could not be read:", err)
		wait = 0
		time.Sleep(2 * time.Second)
	}
}

type page struct {
	IssuedAt int64  `json:"iat"`
	Position int64  `json:"position"`
	More     bool   `json:"more"`
	Entries  string `json:"entries"`
}

// read reads what was revoked after a position, for which it waits some seconds, and returns the next position.
func (l *revokedTokens) read(ctx context.Context, after int64, wait int) (int64, error) {
	signed, err := get(fmt.Sprintf("%s?after=%d&wait=%d", l.metadata.List, after, wait))
	if err != nil {
		return 0, err
	}
	// A key set of go-oidc never forgets a removed key, so there is a new one each minute.
	keys, renew := l.keys.Load(), time.Since(l.renewed) > time.Minute
	if renew {
		keys = oidc.NewRemoteKeySet(ctx, l.metadata.Keys)
	}
	var news page
	checks := oidc.Config{SkipClientIDCheck: true, SkipExpiryCheck: true, SupportedSigningAlgs: algorithms}
	verifier := oidc.NewVerifier(l.issuer, keys, &checks)
	if err := verify(ctx, verifier, signed, "token-revocations+jwt", &news); err != nil {
		return 0, err
	}
	entries, err := base64.RawURLEncoding.DecodeString(news.Entries)
	if err != nil {
		return 0, err
	}
	if len(entries)%entryBytes != 0 {
		return 0, fmt.Errorf("a list of %d bytes is cut off", len(entries))
	}
	if news.Position < after {
		return 0, nil // the database was restored from a backup: the list is read again
	}

	l.mutex.Lock()
	defer l.mutex.Unlock()
	for entry := range slices.Chunk(entries, entryBytes) {
		key := base64.RawURLEncoding.EncodeToString(entry[:keyBytes])
		l.expiries[key] = max(l.expiries[key], binary.BigEndian.Uint32(entry[keyBytes:]))
	}
	if renew {
		now := time.Now()
		maps.DeleteFunc(l.expiries, func(_ string, expiry uint32) bool { return int64(expiry) < now.Unix() })
		l.keys.Store(keys)
		l.renewed = now
	}
	if !news.More {
		l.asOf = time.Unix(news.IssuedAt, 0)
	}
	return news.Position, nil
}

// known tells whether the list is new enough to rely on.
func (l *revokedTokens) known() bool {
	l.mutex.RLock()
	defer l.mutex.RUnlock()
	return time.Since(l.asOf) < longestOutage
}

func (l *revokedTokens) include(token accessToken) bool {
	keys := append([]string{digest(token.ID), digest(token.GrantID)}, token.RevocableBy...)
	l.mutex.RLock()
	defer l.mutex.RUnlock()
	return slices.ContainsFunc(keys, func(key string) bool { return l.expiries[key] > 0 })
}

func digest(id string) string {
	sum := sha256.Sum256([]byte(id))
	return base64.RawURLEncoding.EncodeToString(sum[:keyBytes])
}

func get(address string) (string, error) {
	client := http.Client{Timeout: 40 * time.Second}
	response, err := client.Get(address)
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return "", fmt.Errorf("%s answered %s", address, response.Status)
	}
	body, err := io.ReadAll(response.Body)
	return string(body), err
}
