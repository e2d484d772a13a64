package coderauth

import (
	"errors"
	"net/http"
	"os"
	"testing"
	"time"
)

// real returns the client of an owner of a running server, which the tests of the project start.
func real(t *testing.T) *Client {
	t.Helper()
	address, session := os.Getenv("CODERAUTH_TEST_URL"), os.Getenv("CODERAUTH_TEST_TOKEN")
	if address == "" {
		t.Skip("CODERAUTH_TEST_URL names no server")
	}
	client, err := New(address, session)
	if err != nil {
		t.Fatal(err)
	}
	return client
}

func must[T any](value T, err error) func(*testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return value
	}
}

func TestTheLifeOfAKey(t *testing.T) {
	owner, ctx := real(t), within(t)
	fixed := false
	wish := TokenRequest{Name: "go", Scopes: []Scope{ScopeWorkspaceRead, ScopeUserRead}, Lifetime: time.Hour, Renews: &fixed}
	secret := must(owner.CreateToken(ctx, Me, wish))(t)
	id, mine := secret[:10], owner.WithToken(secret)

	if user := must(mine.User(ctx, Me))(t); user.Username != "owner" || user.CreatedAt.IsZero() {
		t.Errorf("%+v", user)
	}
	key := must(owner.Key(ctx, Me, id))(t)
	if key.Name != "go" || len(key.Scopes) != 2 || key.Renews || key.LifetimeSeconds != 3600 {
		t.Errorf("%+v", key)
	}
	answers := must(mine.Authcheck(ctx, map[string]Check{
		"read": {Action: "read", Resource: "workspace", OwnerID: Me},
		"stop": {Action: "stop", Resource: "workspace", OwnerID: Me},
	}))(t)
	if !answers["read"] || answers["stop"] {
		t.Error(answers)
	}
	if told := must(owner.Introspect(ctx, secret))(t); told == nil || told.KeyID != id || len(told.Scopes) != 2 {
		t.Errorf("%+v", told)
	}
	if usage := must(owner.KeyUsage(ctx, Me, id))(t); len(usage.Held) != 2 {
		t.Errorf("%+v", usage)
	}
	if err := owner.PauseKey(ctx, Me, id); err != nil {
		t.Fatal(err)
	}
	wants(t, mine, http.StatusUnauthorized)
	if err := owner.ResumeKey(ctx, Me, id); err != nil {
		t.Fatal(err)
	}
	rotated := must(owner.RotateKey(ctx, Me, id, time.Hour))(t)
	if rotated.OldValidUntil == nil || rotated.Key == secret {
		t.Errorf("%+v", rotated.OldValidUntil)
	}
	wants(t, mine, http.StatusOK)
	wants(t, owner.WithToken(rotated.Key), http.StatusOK)
	tokens := must(owner.Tokens(ctx, Me))(t)
	if len(tokens) == 0 {
		t.Error("no tokens")
	}
	if err := owner.ExpireKey(ctx, Me, id); err != nil {
		t.Fatal(err)
	}
	wants(t, mine, http.StatusUnauthorized)
	if err := owner.RevokeKey(ctx, Me, id); err != nil {
		t.Fatal(err)
	}
	if told := must(owner.Introspect(ctx, secret))(t); told != nil {
		t.Errorf("%+v", told)
	}
}

func wants(t *testing.T, client *Client, status int) {
	t.Helper()
	_, err := client.User(within(t), Me)
	var refused *Error
	if status == http.StatusOK && err != nil || status != http.StatusOK && (!errors.As(err, &refused) || refused.Status != status) {
		t.Errorf("wanted %d: %v", status, err)
	}
}

func TestAKeyIsSurrendered(t *testing.T) {
	owner, ctx := real(t), within(t)
	secret := must(owner.CreateToken(ctx, Me, TokenRequest{Scopes: []Scope{ScopeUserRead}}))(t)
	wants(t, owner.WithToken(secret), http.StatusOK)
	if err := owner.WithToken("").Surrender(ctx, secret); err != nil {
		t.Fatal(err)
	}
	wants(t, owner.WithToken(secret), http.StatusUnauthorized)
}

func TestPeopleAreListed(t *testing.T) {
	owner := real(t)
	users, count, err := owner.Users(within(t), "owner", 10, 0)
	if err != nil || count < 1 || users[0].Username != "owner" {
		t.Error(users, count, err)
	}
}

func TestWhatTheServerRefusesNamesTheScope(t *testing.T) {
	owner, ctx := real(t), within(t)
	secret := must(owner.CreateToken(ctx, Me, TokenRequest{Scopes: []Scope{ScopeUserRead}}))(t)
	_, err := owner.WithToken(secret).CreateToken(ctx, Me, TokenRequest{})
	var refused *Error
	if !errors.As(err, &refused) || len(refused.MissingScopes) == 0 {
		t.Errorf("%+v", err)
	}
}

func TestTheGuardAsksTheRealServer(t *testing.T) {
	owner, ctx := real(t), within(t)
	own := owner.WithToken(must(owner.CreateToken(ctx, Me, TokenRequest{Scopes: []Scope{ScopeApiKeyRead}}))(t))
	reader := must(owner.CreateToken(ctx, Me, TokenRequest{Scopes: []Scope{ScopeWorkspaceRead}}))(t)
	guard := NewGuard(own, 0)
	reads := guard.Require(ScopeWorkspaceRead)(http.HandlerFunc(hello))
	stops := guard.Require(ScopeWorkspaceStop)(http.HandlerFunc(hello))
	forged := []string{tokenHeader, reader, "X-Auth-User", "root"}
	if answer := ask1(reads, forged...); answer.Code != 200 || answer.Body.String() != "owner workspace:read" {
		t.Error(answer.Code, answer.Body)
	}
	if answer := ask1(stops, forged...); answer.Code != 403 {
		t.Error(answer.Code)
	}
	if err := owner.RevokeKey(ctx, Me, reader[:10]); err != nil {
		t.Fatal(err)
	}
	if answer := ask1(reads, forged...); answer.Code != 401 {
		t.Error(answer.Code)
	}
}
