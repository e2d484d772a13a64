"""Answer reverse proxies that ask whether a request may go on to the application behind them."""
