"""What all pages share: who may open one, forms and acts that call a service, lists."""
