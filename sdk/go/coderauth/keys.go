package coderauth

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Key is a key without its secret. A time that never was is zero.
type Key struct {
	ID              string     `json:"id"`
	UserID          string     `json:"user_id"`
	Name            string     `json:"token_name"`
	LoginType       string     `json:"login_type"`
	Scopes          []Scope    `json:"scopes"`
	AllowList       []string   `json:"allow_list"`
	LifetimeSeconds int64      `json:"lifetime_seconds"`
	Renews          bool       `json:"renews"`
	Paused          bool       `json:"paused"`
	LastUsed        time.Time  `json:"last_used"`
	ExpiresAt       time.Time  `json:"expires_at"`
	CreatedAt       time.Time  `json:"created_at"`
	UpdatedAt       time.Time  `json:"updated_at"`
	RotatedAt       *time.Time `json:"rotated_at"`
	OldValidUntil   *time.Time `json:"old_valid_until"`
}

// TokenRequest says what a token is to be; what is left out is decided by the server.
type TokenRequest struct {
	Name      string        `json:"token_name,omitempty"`
	Scopes    []Scope       `json:"scopes,omitempty"`
	AllowList []string      `json:"allow_list,omitempty"`
	Lifetime  time.Duration `json:"lifetime,omitempty"`
	// Renews is false for an end that no use moves.
	Renews *bool `json:"renews,omitempty"`
}

// Rotation is the new secret of a key, and until when the old one works.
type Rotation struct {
	Key           string     `json:"key"`
	OldValidUntil *time.Time `json:"old_valid_until"`
}

// Usage is what a key holds and what of it was used, by the hour.
type Usage struct {
	Held []Scope `json:"held"`
	Used []struct {
		Scope    Scope     `json:"scope"`
		LastUsed time.Time `json:"last_used"`
	} `json:"used"`
	Unused []Scope `json:"unused"`
	Trim   []Scope `json:"trim"`
}

func keysOf(user string) string { return "/users/" + url.PathEscape(user) + "/keys" }

func keyPath(user, id string) string { return keysOf(user) + "/" + url.PathEscape(id) }

// CreateToken makes a token and returns it; it is shown this once.
func (c *Client) CreateToken(ctx context.Context, user string, wish TokenRequest) (string, error) {
	var made struct {
		Key string `json:"key"`
	}
	err := c.call(ctx, http.MethodPost, keysOf(user)+"/tokens", wish, &made)
	return made.Key, err
}

// Tokens returns the tokens of a user.
func (c *Client) Tokens(ctx context.Context, user string) ([]Key, error) {
	var found []Key
	return found, c.call(ctx, http.MethodGet, keysOf(user)+"/tokens", nil, &found)
}

// Key returns a key by its id, which is the part of it before the hyphen.
func (c *Client) Key(ctx context.Context, user, id string) (*Key, error) {
	found := new(Key)
	return found, c.call(ctx, http.MethodGet, keyPath(user, id), nil, found)
}

// RevokeKey deletes a key and all keys that it made.
func (c *Client) RevokeKey(ctx context.Context, user, id string) error {
	return c.call(ctx, http.MethodDelete, keyPath(user, id), nil, nil)
}

// ExpireKey ends a key now and keeps its row.
func (c *Client) ExpireKey(ctx context.Context, user, id string) error {
	return c.call(ctx, http.MethodPut, keyPath(user, id)+"/expire", nil, nil)
}

// PauseKey refuses a key until ResumeKey.
func (c *Client) PauseKey(ctx context.Context, user, id string) error {
	return c.call(ctx, http.MethodPut, keyPath(user, id)+"/pause", nil, nil)
}

// ResumeKey lets a paused key in again.
func (c *Client) ResumeKey(ctx context.Context, user, id string) error {
	return c.call(ctx, http.MethodPut, keyPath(user, id)+"/resume", nil, nil)
}

// RotateKey gives a token a new secret; the old one works on for the grace.
func (c *Client) RotateKey(ctx context.Context, user, id string, grace time.Duration) (*Rotation, error) {
	body := map[string]time.Duration{"grace": grace}
	made := new(Rotation)
	return made, c.call(ctx, http.MethodPost, keyPath(user, id)+"/rotate", body, made)
}

// KeyUsage returns what a key was used for.
func (c *Client) KeyUsage(ctx context.Context, user, id string) (*Usage, error) {
	found := new(Usage)
	return found, c.call(ctx, http.MethodGet, keyPath(user, id)+"/usage", nil, found)
}

// Introspection says whose a key is (RFC 7662).
type Introspection struct {
	KeyID    string  `json:"client_id"`
	UserID   string  `json:"sub"`
	Username string  `json:"username"`
	Scopes   []Scope `json:"-"`
	Ends     int64   `json:"exp"`
}

// Introspect returns whose key it is; nil for one that is not good, or that this client's own key
// may not read.
func (c *Client) Introspect(ctx context.Context, token string) (*Introspection, error) {
	var told struct {
		Introspection
		Active bool   `json:"active"`
		Scope  string `json:"scope"`
	}
	err := c.form(ctx, "/oauth2/introspect", token, &told)
	if err != nil || !told.Active {
		return nil, err
	}
	for _, name := range strings.Fields(told.Scope) {
		told.Scopes = append(told.Scopes, Scope(name))
	}
	return &told.Introspection, nil
}

// Surrender revokes a key by possession (RFC 7009). It never says whether the key was good.
func (c *Client) Surrender(ctx context.Context, token string) error {
	return c.form(ctx, "/oauth2/revoke", token, nil)
}

func (c *Client) form(ctx context.Context, path, token string, out any) error {
	body := url.Values{"token": {token}}.Encode()
	return c.send(ctx, http.MethodPost, path, "application/x-www-form-urlencoded", []byte(body), out)
}

// Check is a question: may the caller do this to such an object?
type Check struct {
	Action   string
	Resource string
	// OwnerID is the id of a user, or Me.
	OwnerID        string
	OrganizationID string
	// ResourceID names a registered object.
	ResourceID string
	AnyOrg     bool
}

// MarshalJSON writes a check as the API takes it.
func (c Check) MarshalJSON() ([]byte, error) {
	return json.Marshal(map[string]any{
		"action": c.Action,
		"object": map[string]any{
			"resource_type":   c.Resource,
			"owner_id":        c.OwnerID,
			"organization_id": c.OrganizationID,
			"resource_id":     c.ResourceID,
			"any_org":         c.AnyOrg,
		},
	})
}

// Authcheck answers checks by their names, for the owner of this client's key.
func (c *Client) Authcheck(ctx context.Context, checks map[string]Check) (map[string]bool, error) {
	answers := map[string]bool{}
	body := map[string]map[string]Check{"checks": checks}
	return answers, c.call(ctx, http.MethodPost, "/authcheck", body, &answers)
}
