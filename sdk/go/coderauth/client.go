package coderauth

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

const (
	maxAnswer    = 8 << 20
	maxPause     = 10 * time.Second
	timeout      = 30 * time.Second
	tokenHeader  = "Coder-Session-Token"
	errorSnippet = 200
)

// Client speaks to one coderauth with one key. It is safe for concurrent use.
//
// However it is printed, it never shows its key.
type Client struct {
	base    string
	token   string
	http    *http.Client
	retries int
}

// Option changes a Client that is being made.
type Option func(*Client)

// WithHTTPClient makes the client send its requests with another http.Client, whose redirects are
// not followed: a key must not go anywhere else.
func WithHTTPClient(client *http.Client) Option {
	return func(c *Client) { c.http = withoutRedirects(client) }
}

// WithRetries says how often a request that changes nothing is tried again (2 unless told) when
// the server cannot be reached or asks for patience with 429, 502, 503 or 504.
func WithRetries(count int) Option {
	return func(c *Client) { c.retries = count }
}

// New returns a client for the server at an address such as https://auth.example.org. A token may
// be empty, for what needs none.
func New(address, token string, options ...Option) (*Client, error) {
	parsed, err := url.Parse(address)
	if err != nil || parsed.Host == "" || (parsed.Scheme != "https" && parsed.Scheme != "http") {
		return nil, fmt.Errorf("coderauth: %q is not the address of a server, such as https://auth.example.org", address)
	}
	client := &Client{
		base:    parsed.Scheme + "://" + parsed.Host,
		token:   token,
		http:    withoutRedirects(&http.Client{Timeout: timeout}),
		retries: 2,
	}
	for _, option := range options {
		option(client)
	}
	return client, nil
}

// WithToken returns a client for the same server with another key.
func (c *Client) WithToken(token string) *Client {
	other := *c
	other.token = token
	return &other
}

// Format prints the server and hides the key, whatever the verb.
func (c *Client) Format(state fmt.State, _ rune) {
	_, _ = io.WriteString(state, "coderauth.Client("+c.base+")")
}

func withoutRedirects(client *http.Client) *http.Client {
	changed := *client
	changed.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &changed
}

// call sends a request below /api/v2 with a JSON body, if any, and reads the answer into out.
func (c *Client) call(ctx context.Context, method, path string, in, out any) error {
	var body []byte
	if in != nil {
		encoded, err := json.Marshal(in)
		if err != nil {
			return err
		}
		body = encoded
	}
	return c.send(ctx, method, "/api/v2"+path, "application/json", body, out)
}

func (c *Client) send(ctx context.Context, method, path, kind string, body []byte, out any) error {
	for attempt := 0; ; attempt++ {
		err := c.once(ctx, method, path, kind, body, out)
		pause, again := c.again(method, attempt, err)
		if !again {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(pause):
		}
	}
}

// again says whether a request that failed may be sent once more, and after how long.
func (c *Client) again(method string, attempt int, err error) (time.Duration, bool) {
	if err == nil || method != http.MethodGet || attempt >= c.retries || errors.Is(err, context.Canceled) {
		return 0, false
	}
	pause := time.Duration(100<<attempt) * time.Millisecond
	var refused *Error
	if !errors.As(err, &refused) {
		return pause, !errors.Is(err, errAnswer)
	}
	switch refused.Status {
	case http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		if refused.RetryAfter > 0 {
			pause = refused.RetryAfter
		}
		return pause, pause <= maxPause
	}
	return 0, false
}

// errAnswer marks an answer that is not what the API says it is.
var errAnswer = errors.New("coderauth: an answer that cannot be read")

func (c *Client) once(ctx context.Context, method, path, kind string, body []byte, out any) error {
	request, err := http.NewRequestWithContext(ctx, method, c.base+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	request.Header.Set("Accept", "application/json")
	if body != nil {
		request.Header.Set("Content-Type", kind)
	}
	if c.token != "" {
		request.Header.Set(tokenHeader, c.token)
	}
	answer, err := c.http.Do(request)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(io.LimitReader(answer.Body, maxAnswer+1))
	if err != nil {
		return err
	}
	if len(text) > maxAnswer {
		return fmt.Errorf("%w: more than %d bytes", errAnswer, maxAnswer)
	}
	if answer.StatusCode < 200 || answer.StatusCode > 299 {
		return errorOf(answer, text)
	}
	if out == nil || len(text) == 0 {
		return nil
	}
	if err := json.Unmarshal(text, out); err != nil {
		return fmt.Errorf("%w: %v", errAnswer, err)
	}
	return nil
}

func errorOf(answer *http.Response, text []byte) error {
	refused := &Error{Status: answer.StatusCode}
	if json.Unmarshal(text, refused) != nil || refused.Message == "" {
		refused.Message = strings.ToValidUTF8(string(text[:min(len(text), errorSnippet)]), "")
	}
	refused.Status = answer.StatusCode
	if seconds, err := strconv.Atoi(answer.Header.Get("Retry-After")); err == nil && seconds >= 0 {
		refused.RetryAfter = time.Duration(seconds) * time.Second
	}
	refused.MissingScopes = missingScopes(answer.Header.Get("WWW-Authenticate"))
	return refused
}
