package coderauth

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

const token = "0123456789-abcdefghijklmnopqrstuv"

// scripted answers each request in turn with a status and a body, and then with the last of them.
func scripted(t *testing.T, answers ...func(http.ResponseWriter, *http.Request)) (*Client, *int) {
	t.Helper()
	count := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		number := min(count, len(answers)-1)
		count++
		answers[number](w, r)
	}))
	t.Cleanup(server.Close)
	client, err := New(server.URL, token)
	if err != nil {
		t.Fatal(err)
	}
	return client, &count
}

func says(status int, body string, headers ...string) func(http.ResponseWriter, *http.Request) {
	return func(w http.ResponseWriter, _ *http.Request) {
		for number := 0; number < len(headers); number += 2 {
			w.Header().Set(headers[number], headers[number+1])
		}
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
	}
}

func within(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	t.Cleanup(cancel)
	return ctx
}

func TestAKeyIsNeverPrinted(t *testing.T) {
	client, _ := scripted(t, says(500, "{}"))
	_, err := client.User(within(t), Me)
	holder := struct{ Client *Client }{client}
	for _, text := range []string{fmt.Sprint(client), fmt.Sprintf("%+v %#v %s %d", client, client, client, client), fmt.Sprintf("%+v", holder), err.Error()} {
		if strings.Contains(text, token) || strings.Contains(text, "abcdefghij") {
			t.Errorf("%s shows the key", text)
		}
	}
}

func TestARefusalIsAnErrorWithWhatTheAnswerSays(t *testing.T) {
	client, _ := scripted(t, says(403, `{"message": "Forbidden.", "detail": "No.", "validations": [{"field": "a", "detail": "b"}]}`,
		"WWW-Authenticate", `Bearer realm="coder", error="insufficient_scope", scope="user:read task:read"`))
	_, err := client.User(within(t), Me)
	var refused *Error
	if !errors.As(err, &refused) {
		t.Fatal(err)
	}
	if refused.Status != 403 || refused.Message != "Forbidden." || refused.Detail != "No." || refused.Validations[0].Field != "a" {
		t.Errorf("%+v", refused)
	}
	if strings.Join(refused.MissingScopes, ",") != "user:read,task:read" {
		t.Error(refused.MissingScopes)
	}
}

func TestWhatChangesNothingIsTriedAgain(t *testing.T) {
	client, count := scripted(t, says(503, "{}", "Retry-After", "0"), says(429, "{}"), says(200, `{"username": "ada"}`))
	user, err := client.User(within(t), Me)
	if err != nil || user.Username != "ada" || *count != 3 {
		t.Error(user, err, *count)
	}
}

func TestWhatChangesSomethingIsSentOnce(t *testing.T) {
	client, count := scripted(t, says(503, "{}"))
	if err := client.PauseKey(within(t), Me, "x"); err == nil || *count != 1 {
		t.Error(err, *count)
	}
}

func TestAServerThatAsksForAMinuteIsNotWaitedFor(t *testing.T) {
	client, count := scripted(t, says(429, "{}", "Retry-After", "60"))
	_, err := client.User(within(t), Me)
	var refused *Error
	if !errors.As(err, &refused) || refused.RetryAfter != time.Minute || *count != 1 {
		t.Error(err, *count)
	}
}

func TestARedirectIsNotFollowed(t *testing.T) {
	var seen int
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { seen++ }))
	defer elsewhere.Close()
	client, _ := scripted(t, says(302, "", "Location", elsewhere.URL))
	if _, err := client.User(within(t), Me); err == nil || seen != 0 {
		t.Error(err, seen)
	}
}

func TestAnAnswerThatIsNoneIsAnError(t *testing.T) {
	for _, body := range []string{"<html>", `{"username": 7}`, strings.Repeat(" ", maxAnswer+2)} {
		client, count := scripted(t, says(200, body))
		if _, err := client.User(within(t), Me); !errors.Is(err, errAnswer) || *count != 1 {
			t.Error(err, *count)
		}
	}
}

func TestAnAddressMustBeOne(t *testing.T) {
	for _, address := range []string{"", "auth.example.org", "ftp://x", "http://", "://"} {
		if _, err := New(address, token); err == nil {
			t.Error(address)
		}
	}
}
