"""Shipments: made from what is promised to an order, picked, packed, shipped and delivered, or given up before they leave."""
